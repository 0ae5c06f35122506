#include "store/exchange_ring.hpp"

#include "store/open_keys.hpp"
#include "store_harness.hpp"

namespace kgw::testing {
namespace {

TEST(ExchangeRingTest, TheOnesThatEndedFirstGoFirstAndOpenOnesNever) {
  ExchangeRing ring(3, 1 << 20);
  Records make;
  const RequestId open = make.id(), a = make.id(), b = make.id(), c = make.id(), d = make.id();
  for (const RequestId id : {open, a, b}) ring.apply(Records::accepted(id));
  ring.apply(Records::answered(b));
  ring.apply(Records::answered(a));
  ring.apply(Records::accepted(c));
  EXPECT_FALSE(ring.find(b));
  EXPECT_TRUE(ring.find(a));
  ring.apply(Records::accepted(d));
  EXPECT_FALSE(ring.find(a));
  ring.apply(Records::accepted(a));
  EXPECT_EQ(ring.size(), 4u) << "all open";
  ring.apply(Records::answered(c));
  EXPECT_FALSE(ring.find(c)) << "past the bound it goes at once";
  EXPECT_TRUE(ring.find(open));
  EXPECT_EQ(ring.size(), 3u);
}

TEST(ExchangeRingTest, ALateAnswerMakesItTheNewest) {
  ExchangeRing ring(2, 1 << 20);
  Records make;
  const RequestId a = make.id(), b = make.id(), c = make.id();
  for (const RequestId id : {a, b}) ring.apply(Records::accepted(id));
  ring.apply(Records::ended(a, State::timed_out, ErrorCode::timeout));
  ring.apply(Records::answered(b));
  ring.apply(Records::answered(a));
  ring.apply(Records::accepted(c));
  EXPECT_FALSE(ring.find(b));
  EXPECT_TRUE(ring.find(a));
}

TEST(ExchangeRingTest, BytesAreBoundedAndGivenBack) {
  ExchangeRing ring(100'000, 100'000);
  Records make;
  for (int i = 0; i < 5000; ++i) {
    const RequestId id = make.id();
    ring.apply(Records::accepted(id));
    ring.apply(Records::answered(id, std::string(static_cast<std::size_t>(i % 3000), 'x')));
    ASSERT_LE(ring.bytes(), 100'000u);
    ASSERT_EQ(ring.find(id)->response->size(), static_cast<std::size_t>(i % 3000));
    ASSERT_EQ(ring.find(id)->order.order_id, "order-7");
  }
  const RequestId id = make.id();
  ring.apply(Records::accepted(id));
  ring.apply(Records::answered(id, std::string(200'000, 'x')));
  EXPECT_EQ(ring.size(), 0u);
  EXPECT_EQ(ring.bytes(), 0u);
}

// JOURNAL=off: "not found" is sure from the last one on that went, and up to the newest.
TEST(ExchangeRingTest, KnowsFromWhereOnNothingIsMissing) {
  ExchangeRing ring(2, 1 << 20);
  Records make;
  const RequestId a = make.id(), b = make.id(), c = make.id();
  EXPECT_EQ(ring.kept_from(), 0);
  for (const RequestId id : {a, b, c}) {
    ring.apply(Records::accepted(id));
    ring.apply(Records::answered(id));
  }
  EXPECT_FALSE(ring.find(a));
  EXPECT_EQ(ring.kept_from(), a.journal_key() + 1);
  EXPECT_EQ(ring.newest(), c.journal_key());
}

TEST(ExchangeRingTest, RecordsOfStrangersChangeNothing) {
  ExchangeRing ring;
  Records make;
  ring.apply(Records::answered(make.id()));
  ring.apply(Records::ended(make.id(), State::rejected, ErrorCode::draining));
  ring.apply(DispatchedRecord{make.id(), wall_from_ms(1), SessionId{1}});
  EXPECT_EQ(ring.size(), 0u);
}

// Against a plain set.
TEST(OpenKeysTest, KnowsTheLowest) {
  OpenKeys keys;
  std::vector<std::int64_t> model;
  SeededRandom random(3);
  std::int64_t next = 1000;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t what = random.below(10);
    if (what < 5) {
      const std::int64_t key =
          what == 0 ? static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(next))) : ++next;
      keys.insert(key);
      if (std::find(model.begin(), model.end(), key) == model.end()) model.push_back(key);
    } else if (!model.empty()) {
      const std::size_t at = random.chance(0.7) ? random.below(std::min<std::uint64_t>(model.size(), 8))
                                                : random.below(model.size());
      keys.erase(model[at]);
      keys.erase(model[at]);
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
    }
    ASSERT_EQ(keys.size(), model.size());
    const auto lowest = std::min_element(model.begin(), model.end());
    ASSERT_EQ(keys.lowest(), lowest == model.end() ? std::nullopt : std::optional(*lowest));
  }
}

}  // namespace
}  // namespace kgw::testing
