// CallerDesk: many may wait for one exchange. Each is told once, with its own trace; the core hears that the
// party is gone when the last one is.
#include "shell/caller_desk.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kgw {
namespace {

class Told final : public CallerDesk::Teller {
 public:
  void tell(CallerId caller, const Reply&, std::string_view traceparent, bool joined) override {
    lines.push_back(std::to_string(static_cast<std::uint64_t>(caller)) + " " + std::string(traceparent));
    if (joined) joined_ones.push_back(caller);
  }
  std::vector<std::string> lines;
  std::vector<CallerId> joined_ones;
};

class Desk : public testing::Test {
 protected:
  static constexpr CallerId kFirst{1}, kSecond{2}, kThird{3};
  static Instant at(int seconds) { return Instant(std::chrono::seconds(seconds)); }
  void SetUp() override { desk.add(kFirst, id, "a"); }
  void join(CallerId caller, CallerId party, const RequestId& of, std::string_view traceparent) {
    desk.add(caller, ids.next(wall_from_ms(1'790'000'000'001)), traceparent);
    EXPECT_FALSE(desk.merge(caller, party, of, at(45)));
  }
  void end(CallerId party) {
    Reply reply;
    reply.caller = party;
    reply.id = id;
    desk.tell(desk.take(party), reply);
  }
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  const RequestId id = ids.next(wall_from_ms(1'790'000'000'000));
  Told told;
  CallerDesk desk{told};
};

TEST_F(Desk, OneIsToldOnce) {
  end(kFirst);
  EXPECT_EQ(told.lines, std::vector<std::string>{"1 a"});
  EXPECT_FALSE(desk.has(kFirst));
  EXPECT_FALSE(desk.leave(kFirst, false));
}

TEST_F(Desk, NobodyIsToldOfWhatNobodyWaitsFor) {
  end(CallerId::none);
  EXPECT_TRUE(told.lines.empty());
  EXPECT_TRUE(desk.has(kFirst));
}

TEST_F(Desk, AllWhoJoinedAreToldInTheirOrder) {
  join(kSecond, kFirst, id, "b");
  join(kThird, kFirst, id, "");
  end(kFirst);
  EXPECT_EQ(told.lines, (std::vector<std::string>{"1 a", "2 b", "3 "}));
  EXPECT_EQ(told.joined_ones, (std::vector<CallerId>{kSecond, kThird}));
  for (const CallerId caller : {kFirst, kSecond, kThird}) EXPECT_FALSE(desk.has(caller));
  desk.add(kFirst, id, "again");
  end(kFirst);
  EXPECT_EQ(told.lines.back(), "1 again") << "nothing is left of the party";
}

TEST_F(Desk, WhoBeganMayGoAndTheOthersAreTold) {
  join(kSecond, kFirst, id, "b");
  EXPECT_FALSE(desk.leave(kFirst, false)) << "the core need not hear of it";
  join(kThird, kFirst, id, "c");
  end(kFirst);
  EXPECT_EQ(told.lines, (std::vector<std::string>{"2 b", "3 c"}));
}

TEST_F(Desk, TheLastOneToGoIsThePartysEnd) {
  join(kSecond, kFirst, id, "b");
  EXPECT_FALSE(desk.leave(kFirst, false));
  const auto left = desk.leave(kSecond, false);
  ASSERT_TRUE(left);
  EXPECT_EQ(left->party, kFirst) << "by the name that the core has of it";
  EXPECT_EQ(left->id, id);
  EXPECT_FALSE(left->half);
}

TEST_F(Desk, HalfGoneIsWhenNobodySaysMore) {
  join(kSecond, kFirst, id, "b");
  EXPECT_FALSE(desk.leave(kFirst, true));
  const auto left = desk.leave(kSecond, false);
  ASSERT_TRUE(left);
  EXPECT_TRUE(left->half) << "the first may still read";
  end(kFirst);
  EXPECT_EQ(told.lines, std::vector<std::string>{"1 a"});
}

// Who joined waits as long as it said itself, not as long as the one that began.
TEST_F(Desk, WhoJoinedHasItsOwnDeadline) {
  EXPECT_FALSE(desk.next_deadline()) << "the exchange has the first one's";
  join(kSecond, kFirst, id, "b");
  desk.add(kThird, id, "c");
  EXPECT_FALSE(desk.merge(kThird, kFirst, id, at(10)));
  EXPECT_EQ(desk.next_deadline(), at(10));
  EXPECT_FALSE(desk.overdue(at(9)));
  ASSERT_TRUE(desk.overdue(at(10)));
  EXPECT_EQ(desk.overdue(at(10))->caller, kThird);
  EXPECT_EQ(desk.overdue(at(10))->id, id);
  std::optional<CallerDesk::Left> left;
  const auto party = desk.take_alone(kThird, left);
  EXPECT_FALSE(left) << "others wait";
  EXPECT_EQ(party.first.traceparent, "c");
  EXPECT_TRUE(party.first.joined);
  EXPECT_TRUE(party.others.empty());
  EXPECT_FALSE(desk.has(kThird));
  EXPECT_EQ(desk.next_deadline(), at(45));
  desk.wait_longer(kSecond, at(50));
  EXPECT_FALSE(desk.overdue(at(49)));
  EXPECT_FALSE(desk.leave(kFirst, false));
  (void)desk.take_alone(kSecond, left);
  ASSERT_TRUE(left) << "nobody waits any more";
  EXPECT_EQ(left->party, kFirst);
  EXPECT_FALSE(desk.next_deadline());
}

TEST_F(Desk, ADeadlineGoesWithItsCaller) {
  join(kSecond, kFirst, id, "b");
  EXPECT_FALSE(desk.leave(kSecond, false));
  EXPECT_FALSE(desk.next_deadline());
  join(kThird, kFirst, id, "c");
  end(kFirst);
  EXPECT_FALSE(desk.next_deadline());
}

TEST_F(Desk, OneOfOurOwnIsToldAndStays) {
  std::size_t heard = 0;
  const CallerId own = desk.add_own([&](const Reply& reply) {
    heard += reply.id == id ? 1 : 0;
    return true;
  });
  join(kSecond, own, id, "b");
  EXPECT_FALSE(desk.leave(kSecond, false)) << "our own waits";
  join(kThird, own, id, "c");
  end(own);
  EXPECT_EQ(heard, 1U);
  EXPECT_EQ(told.lines, std::vector<std::string>{"3 c"});
}

}  // namespace
}  // namespace kgw
