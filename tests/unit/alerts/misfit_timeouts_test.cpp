// Timeouts that are the wrong way round: who has one shows it by hanging up after the same time.
#include "alerts/misfit_timeouts.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace kgw {
namespace {

using namespace std::chrono_literals;

class Misfits : public ::testing::Test {
 protected:
  static constexpr Milliseconds kAllowed = 45s;
  void pass(Milliseconds span) {
    now.steady += span;
    now.wall += span;
  }
  void hang_up(const std::string& owner, std::initializer_list<Milliseconds> waits,
               Milliseconds allowed = kAllowed) {
    for (const Milliseconds waited : waits) {
      pass(1s);
      timeouts.on_hang_up(owner, waited, allowed, now);
    }
  }
  void late(const std::string& operation, std::initializer_list<Milliseconds> took) {
    for (const Milliseconds one : took) {
      pass(1s);
      timeouts.on_late_answer(operation, one, one - kAllowed, now);
    }
  }
  std::vector<std::string> about() const {
    std::vector<std::string> all;
    for (const Misfit& one : timeouts.found(now)) all.push_back(one.about);
    return all;
  }
  std::optional<Misfit> only() const {
    const std::vector<Misfit> all = timeouts.found(now);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? std::nullopt : std::optional(all.front());
  }

  Now now{Instant(1000h), wall_from_ms(1'790'000'000'000)};
  MisfitTimeouts timeouts;
};

TEST_F(Misfits, ACallersTimeoutShowsAtTheThirdTime) {
  hang_up("shop", {30s, 30'120ms});
  EXPECT_TRUE(about().empty());
  hang_up("shop", {29'950ms});
  const WallTime last = now.wall;
  pass(1h);
  const std::optional<Misfit> found = only();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, MisfitKind::caller_hangs_up);
  EXPECT_EQ(found->about, "shop");
  EXPECT_EQ(found->times, 3U);
  EXPECT_EQ(found->took, 30s);
  EXPECT_EQ(found->allowed, kAllowed);
  EXPECT_EQ(found->last, last);
  EXPECT_EQ(found->figure(), 50s);
  EXPECT_EQ(found->header_timeout(), 25s);
}

TEST_F(Misfits, WhoCancelsNowAndThenHasNone) {
  hang_up("shop", {2s, 9s, 14s, 21s, 3s, 33s, 40s, 6s});
  EXPECT_TRUE(about().empty());
}

TEST_F(Misfits, ATimeoutShowsAmongAsManyCancellations) {
  hang_up("shop", {20s, 2s, 20s, 9s, 20s, 38s});
  EXPECT_EQ(about(), std::vector<std::string>{"shop"});
  hang_up("shop", {4s, 41s});
  EXPECT_TRUE(about().empty()) << "less than half of them";
}

TEST_F(Misfits, OwnersAreNotMixed) {
  hang_up("a", {30s, 30s});
  hang_up("b", {30s});
  EXPECT_TRUE(about().empty());
}

TEST_F(Misfits, WhatIsNoHangUpOfAClientThatWaits) {
  hang_up("half_closes", {100ms, 100ms, 999ms, 1ms});
  hang_up("waited_to_the_end", {45s, 45s, 46s});
  EXPECT_TRUE(about().empty());
}

TEST_F(Misfits, OnlyTheLatestOfTheLastDayCount) {
  hang_up("shop", {30s, 30s, 30s});
  pass(24h - 2s);
  EXPECT_TRUE(about().empty()) << "the first one is over a day ago";
  hang_up("shop", {60s, 60s, 60s}, 90s);
  EXPECT_EQ(only()->took, 60s);
  hang_up("shop", {10s, 10s, 10s, 10s, 10s});
  EXPECT_EQ(only()->took, 10s) << "its timeout was changed";
}

TEST_F(Misfits, TheLongestWaitOfTheGatewayIsToBeOutwaited) {
  hang_up("shop", {30s}, 40s);
  hang_up("shop", {30s}, 120'001ms);
  hang_up("shop", {30s}, 60s);
  EXPECT_EQ(only()->figure(), 126s);
}

TEST_F(Misfits, AHeaderTimeoutBelowAVeryShortWaitIsNotProposed) {
  hang_up("", {9'900ms, 9'900ms, 9'900ms});
  EXPECT_EQ(only()->header_timeout(), std::nullopt);
}

TEST_F(Misfits, ADeviceIsSlowNotRegular) {
  late("payment", {50s, 71'500ms});
  EXPECT_TRUE(about().empty());
  late("payment", {58s});
  const std::optional<Misfit> found = only();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, MisfitKind::device_answers_late);
  EXPECT_EQ(found->about, "payment");
  EXPECT_EQ(found->took, 71'500ms);
  EXPECT_EQ(found->allowed, kAllowed);
  EXPECT_EQ(found->figure(), 80s);
  EXPECT_EQ(found->header_timeout(), std::nullopt);
}

TEST_F(Misfits, WhatIsNoLateAnswerOfASlowDevice) {
  late("came_back_later", {45s + 601s, 2h, 20h});
  late("the_clock_was_set", {44s, 44s, 44s});
  EXPECT_TRUE(about().empty());
}

TEST_F(Misfits, WhatWasSeenLastComesFirst) {
  hang_up("b", {30s, 30s, 30s});
  hang_up("a", {30s, 30s, 30s});
  late("payment", {50s, 50s, 50s});
  EXPECT_EQ(about(), (std::vector<std::string>{"payment", "a", "b"}));
}

TEST_F(Misfits, ANewcomerDoesNotPushOutWhatIsKnown) {
  late("payment", {50s, 50s, 50s});
  for (std::size_t i = 0; i < 2 * limits::kLateOperationsMax; ++i) late("op_" + std::to_string(i), {50s, 50s});
  EXPECT_EQ(about(), std::vector<std::string>{"payment"});
  late("op_" + std::to_string(2 * limits::kLateOperationsMax - 1), {50s});
  EXPECT_EQ(about().size(), 2U) << "the newest of them are there";
  late("op_0", {50s});
  EXPECT_EQ(about().size(), 2U) << "the oldest had given way";
  for (std::size_t i = 0; i < limits::kLateOperationsMax; ++i)
    late("full_" + std::to_string(i), {50s, 50s, 50s});
  EXPECT_EQ(about().size(), limits::kMisfitsShown);
  pass(24h);
  late("tomorrow", {50s, 50s, 50s});
  EXPECT_EQ(about(), std::vector<std::string>{"tomorrow"});
}

TEST_F(Misfits, SecondsForPeople) {
  EXPECT_EQ(shown_seconds(1'234ms), "1.2");
  EXPECT_EQ(shown_seconds(1s), "1.0");
  EXPECT_EQ(shown_seconds(9'949ms), "9.9");
  EXPECT_EQ(shown_seconds(9'950ms), "10");
  EXPECT_EQ(shown_seconds(30'120ms), "30");
}

}  // namespace
}  // namespace kgw
