#include "base/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kgw {
namespace {

WallTime at(std::int64_t ms) { return wall_from_ms(ms); }

TEST(RequestId, HasTheBitsOfUuidV7) {
  SeededRandom random(1);
  RequestIdGenerator ids(random);
  const std::int64_t ms = 0x0123'4567'89ab;
  const RequestId id = ids.next(at(ms));
  EXPECT_EQ(id.bytes[6] >> 4, 7) << "version";
  EXPECT_EQ(id.bytes[8] >> 6, 2) << "variant";
  EXPECT_EQ(id.text().substr(0, 15), "01234567-89ab-7") << "48 bits of milliseconds, then the version";
  EXPECT_EQ(id.text().size(), RequestId::kTextSize);
  EXPECT_EQ(id.journal_key(), ms << 12);
}

TEST(RequestId, TextAndBack) {
  SeededRandom random(2);
  RequestIdGenerator ids(random);
  const RequestId id = ids.next(at(1'790'000'000'000));
  EXPECT_EQ(RequestId::parse(id.text()), id);
}

TEST(RequestId, ParsesItsFormInEitherCaseAndNoOther) {
  const std::string good = "01a0c450-b113-7001-9a00-78e352450f17";
  ASSERT_TRUE(RequestId::parse(good));
  EXPECT_EQ(RequestId::parse(good)->text(), good);
  EXPECT_FALSE(RequestId::parse(""));
  EXPECT_FALSE(RequestId::parse(good.substr(1)));
  EXPECT_FALSE(RequestId::parse(good + "0"));
  EXPECT_EQ(RequestId::parse("01A0C450-B113-7001-9A00-78E352450F17"), RequestId::parse(good));
  EXPECT_EQ(RequestId::parse("01a0C450-b113-7001-9a00-78e352450F17")->text(), good);
  EXPECT_FALSE(RequestId::parse("01G0C450-B113-7001-9A00-78E352450F17"));
  EXPECT_FALSE(RequestId::parse("01`0C450-B113-7001-9A00-78E352450F17"));
  EXPECT_FALSE(RequestId::parse("01@0C450-B113-7001-9A00-78E352450F17"));
  EXPECT_FALSE(RequestId::parse("01a0c450b-113-7001-9a00-78e352450f17")) << "a hyphen elsewhere";
  EXPECT_FALSE(RequestId::parse("01a0c450-b113-7001-9a00-78e352450f1g"));
  EXPECT_FALSE(RequestId::parse("01a0c450-b113-7001-9a00-78e352450f1\xff"));
  EXPECT_FALSE(RequestId::parse(std::string(36, '\0')));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string wrong = good;
    wrong[at] = good[at] == '-' ? '0' : '-';
    EXPECT_FALSE(RequestId::parse(wrong)) << wrong;
  }
}

TEST(RequestIdGenerator, GrowsWithinOneMillisecond) {
  SeededRandom random(3);
  RequestIdGenerator ids(random);
  RequestId last = ids.next(at(1000));
  for (int i = 0; i < 10'000; ++i) {  // more than the 12-bit counter holds: it runs into the milliseconds
    const RequestId next = ids.next(at(1000));
    ASSERT_LT(last, next);
    ASSERT_LT(last.journal_key(), next.journal_key());
    last = next;
  }
}

TEST(RequestIdGenerator, GrowsWhenTheClockStepsBack) {
  SeededRandom random(4);
  RequestIdGenerator ids(random);
  const RequestId before = ids.next(at(1'000'000));
  const RequestId after = ids.next(at(5));
  EXPECT_LT(before, after);
}

TEST(RequestIdGenerator, ResumesAboveWhatIsStored) {
  SeededRandom random(5);
  RequestIdGenerator ids(random);
  const std::int64_t stored = 2'000'000'000'000LL << 12 | 17;
  ids.resume_above(stored);
  EXPECT_EQ(ids.next(at(1000)).journal_key(), stored + 1);
  ids.resume_above(5);  // never back
  EXPECT_EQ(ids.next(at(1000)).journal_key(), stored + 2);
}

TEST(IsName, TakesWhatTheProtocolAllows) {
  for (const char* good : {"a", "kiosk_001", "A.b:c-d_9"}) EXPECT_TRUE(is_name(good)) << good;
  EXPECT_TRUE(is_name(std::string(64, 'x')));
  EXPECT_FALSE(is_name(std::string(65, 'x')));
  for (const char* bad : {"", " a", "a b", "a/b", "ä", "a\n", "a@b", "[a]", "a`"})
    EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_FALSE(is_name(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace kgw
