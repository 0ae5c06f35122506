#include "callbacks/schedule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kgw {
namespace {

using namespace std::chrono_literals;
using Kind = CallbackStep::Kind;

class CallbackScheduleTest : public ::testing::Test {
 protected:
  Now now{Instant(1000h), WallTime(20'000 * 24h)};
  SeededRandom random{1};
  CallbackSchedule schedule{{.held = 1000, .in_flight = 8, .of_owner = 4, .of_endpoint = 2}};

  static CallbackId id(unsigned number) {
    CallbackId id;
    id.request.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    id.request.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
  }
  bool add(unsigned number, const std::string& owner, const std::string& endpoint, Milliseconds due_in = 0ms,
           std::uint32_t failed = 0) {
    return schedule.add(
        {id(number), owner, endpoint, endpoint + "/hook", now.wall, now.wall + due_in, failed, {}, now.wall},
        now);
  }
  // The numbers of those that may go now.
  std::vector<unsigned> take() {
    std::vector<unsigned> numbers;
    while (const OwedCallback* const next = schedule.next(now))
      numbers.push_back(next->id.request.bytes[14] * 256U + next->id.request.bytes[15]);
    return numbers;
  }
  CallbackStep answer(unsigned number, unsigned status) {
    const auto step = schedule.on_answer(id(number), {status}, now, random);
    EXPECT_TRUE(step) << number;
    return step.value_or(CallbackStep{});
  }
  void pass(Milliseconds time) {
    now.steady += time;
    now.wall += time;
  }
};

using Numbers = std::vector<unsigned>;

TEST_F(CallbackScheduleTest, a_receiver_that_was_given_up_on_gets_one_at_a_time) {
  EXPECT_TRUE(add(1, "shop", "https://a.example", 0ms, 299));
  for (unsigned number = 2; number < 5; ++number) EXPECT_TRUE(add(number, "shop", "https://a.example", 1h, 1));
  EXPECT_EQ(take(), Numbers{1});
  EXPECT_EQ(answer(1, 503).kind, Kind::given_up);
  pass(1h);
  EXPECT_EQ(take().size(), 1U);
}

TEST_F(CallbackScheduleTest, a_callback_goes_until_it_is_taken) {
  EXPECT_TRUE(add(1, "shop", "https://a.example"));
  EXPECT_EQ(take(), Numbers{1});
  EXPECT_EQ(take(), Numbers{}) << "once at a time";
  const CallbackStep failed = answer(1, 503);
  EXPECT_EQ(failed.kind, Kind::again);
  ASSERT_NE(schedule.find(id(1)), nullptr);
  EXPECT_EQ(schedule.find(id(1))->failed, 1U);
  EXPECT_EQ(schedule.find(id(1))->next_at,
            now.wall + std::chrono::duration_cast<Milliseconds>(failed.at - now.steady));
  ASSERT_EQ(schedule.next_deadline(), failed.at);
  now.steady = failed.at - 1ns;
  EXPECT_EQ(take(), Numbers{});
  now.steady = failed.at;
  EXPECT_EQ(take(), Numbers{1});
  EXPECT_EQ(answer(1, 204).kind, Kind::delivered);
  EXPECT_EQ(schedule.held(), 0U);
  EXPECT_EQ(schedule.in_flight(), 0U);
  EXPECT_EQ(schedule.next_deadline(), std::nullopt);
}

TEST_F(CallbackScheduleTest, a_receiver_that_never_answers_well_gets_it_for_three_days) {
  add(1, "shop", "https://a.example");
  const Instant begin = now.steady;
  Instant last{};
  std::size_t tries = 0;
  for (;;) {
    ASSERT_EQ(take(), Numbers{1});
    ++tries;
    last = now.steady;
    if (answer(1, 500).kind == Kind::given_up) break;
    ASSERT_TRUE(schedule.next_deadline());
    pass(std::chrono::ceil<Milliseconds>(*schedule.next_deadline() - now.steady));
  }
  EXPECT_EQ(last - begin, 72h);
  EXPECT_GT(tries, 20U);
  EXPECT_LT(tries, 120U);
  EXPECT_EQ(schedule.held(), 0U);
}

TEST_F(CallbackScheduleTest, gone_ends_it_at_once) {
  add(1, "shop", "https://a.example");
  add(9, "bar", "https://a.example");
  take();
  EXPECT_EQ(answer(1, 410).kind, Kind::gone);
  EXPECT_EQ(schedule.find(id(1)), nullptr);
  add(2, "shop", "https://a.example");
  EXPECT_EQ(take(), Numbers{2}) << "its receiver works, and is not slowed down";
}

TEST_F(CallbackScheduleTest, what_was_put_off_before_a_restart_waits_for_its_time) {
  add(1, "shop", "https://a.example", 90s, 4);
  add(2, "shop", "https://a.example", -90s, 4);
  EXPECT_EQ(take(), Numbers{2});
  EXPECT_EQ(schedule.next_deadline(), now.steady + 90s);
  pass(90s);
  EXPECT_EQ(take(), Numbers{1});
  answer(1, 503);
  EXPECT_EQ(schedule.find(id(1))->failed, 5U) << "the count goes on";
}

TEST_F(CallbackScheduleTest, a_clock_that_is_set_neither_hastens_nor_ends_a_callback) {
  add(1, "shop", "https://a.example");
  take();
  now.wall += 24h * 365;
  EXPECT_EQ(answer(1, 503).kind, Kind::again);
  now.wall -= 24h * 3650;
  pass(5s);
  EXPECT_EQ(take(), Numbers{1});
}

TEST_F(CallbackScheduleTest, a_clock_that_was_set_while_it_waited_makes_it_wait_no_longer) {
  const auto tried = [this](unsigned number, Milliseconds when, std::uint32_t failed) {
    const WallTime at = now.wall + when;
    schedule.add({id(number), "shop", "https://a.example", {}, at - 5min, at + 90s, failed, {}, at}, now);
  };
  tried(1, 24h * 30, 4);   // by a clock that was ahead
  tried(2, -24h * 30, 4);  // or has leapt ahead since
  tried(3, 24h * 30, 0);   // replayed since, or never tried
  EXPECT_EQ(take(), (Numbers{2, 3}));
  EXPECT_EQ(schedule.next_deadline(), now.steady + 90s);
}

TEST_F(CallbackScheduleTest, what_was_not_sent_was_no_try) {
  for (unsigned i = 1; i <= 3; ++i) add(i, "shop", "https://a.example");
  EXPECT_EQ(take(), (Numbers{1, 2}));
  schedule.put_back(id(1), now.steady + 1s);
  EXPECT_EQ(schedule.find(id(1))->failed, 0U);
  EXPECT_EQ(take(), Numbers{3}) << "its place is free, and its receiver not said to fail";
  EXPECT_EQ(schedule.next_deadline(), now.steady + 1s);
  answer(2, 200);
  answer(3, 200);
  pass(1s);
  EXPECT_EQ(take(), Numbers{1});
  schedule.put_back(id(2), now.steady);
  EXPECT_EQ(schedule.held(), 1U) << "that is over";
}

TEST_F(CallbackScheduleTest, few_at_a_time_to_one_endpoint_and_one_while_it_fails) {
  for (unsigned i = 1; i <= 6; ++i) add(i, "shop", "https://a.example");
  EXPECT_EQ(take(), (Numbers{1, 2}));
  answer(1, 500);
  EXPECT_EQ(take(), Numbers{}) << "it fails, and one is under way";
  answer(2, 500);
  EXPECT_EQ(take(), Numbers{3});
  answer(3, 200);
  EXPECT_EQ(take(), (Numbers{4, 5})) << "it is back";
}

TEST_F(CallbackScheduleTest, an_endpoint_is_one_for_all_who_use_it) {
  for (unsigned i = 1; i <= 3; ++i) add(i, "shop", "https://a.example");
  for (unsigned i = 4; i <= 6; ++i) add(i, "bar", "https://a.example");
  EXPECT_EQ(take(), (Numbers{1, 4})) << "in turn";
}

TEST_F(CallbackScheduleTest, one_owner_leaves_room_for_others) {
  for (unsigned i = 0; i < 20; ++i) add(i, "shop", "https://" + std::to_string(i) + ".shop.example");
  EXPECT_EQ(take(), (Numbers{0, 1, 2, 3}));
  add(100, "bar", "https://bar.example");
  EXPECT_EQ(take(), Numbers{100});
  answer(2, 200);
  EXPECT_EQ(take().size(), 1U);
}

TEST_F(CallbackScheduleTest, a_dead_endpoint_holds_up_nobody_else) {
  for (unsigned i = 0; i < 300; ++i) add(i, "shop", "https://dead.example");
  EXPECT_EQ(take().size(), 2U);  // and they never end
  for (unsigned i = 300; i < 320; ++i) {
    ASSERT_TRUE(add(i, "shop", "https://well.example"));
    ASSERT_EQ(take(), Numbers{i});
    EXPECT_EQ(answer(i, 200).kind, Kind::delivered);
  }
}

TEST_F(CallbackScheduleTest, all_together_are_bounded) {
  for (unsigned i = 0; i < 40; ++i)
    add(i, "owner" + std::to_string(i), "https://" + std::to_string(i) + ".example");
  EXPECT_EQ(take().size(), 8U);
  EXPECT_EQ(schedule.in_flight(), 8U);
  answer(0, 200);
  EXPECT_EQ(take(), Numbers{8});
}

TEST_F(CallbackScheduleTest, one_lane_takes_only_a_share_of_the_room) {
  unsigned taken = 0;
  while (add(taken, "shop", "https://a.example")) ++taken;
  EXPECT_EQ(taken, 500U);
  EXPECT_TRUE(add(10'000, "shop", "https://b.example"));
  EXPECT_TRUE(add(10'001, "bar", "https://c.example"));
  take();
  answer(0, 200);
  EXPECT_FALSE(add(10'002, "shop", "https://a.example")) << "half of what is left";
  answer(1, 200);
  EXPECT_TRUE(add(10'002, "shop", "https://a.example")) << "there is room again";
}

TEST_F(CallbackScheduleTest, one_that_is_held_is_not_added_again) {
  add(1, "shop", "https://a.example");
  EXPECT_TRUE(add(1, "shop", "https://b.example"));
  EXPECT_EQ(schedule.held(), 1U);
  EXPECT_EQ(take(), Numbers{1});
  EXPECT_TRUE(add(1, "shop", "https://a.example"));
  EXPECT_EQ(take(), Numbers{}) << "while it is under way neither";
}

TEST_F(CallbackScheduleTest, an_answer_to_what_is_not_under_way_changes_nothing) {
  EXPECT_EQ(schedule.on_answer(id(1), {200}, now, random), std::nullopt);
  add(1, "shop", "https://a.example");
  EXPECT_EQ(schedule.on_answer(id(1), {200}, now, random), std::nullopt);
  EXPECT_EQ(take(), Numbers{1});
}

TEST_F(CallbackScheduleTest, the_second_final_state_is_another_callback) {
  CallbackId second = id(1);
  second.n = 2;
  EXPECT_TRUE(add(1, "shop", "https://a.example"));
  EXPECT_TRUE(
      schedule.add({second, "shop", "https://a.example", "https://a.example/", now.wall, now.wall, 0}, now));
  EXPECT_EQ(schedule.held(), 2U);
  EXPECT_EQ(second.text(), id(1).request.text() + ".2");
}

TEST_F(CallbackScheduleTest, the_same_calls_give_the_same_order) {
  const auto run = [](std::uint64_t seed) {
    SeededRandom dice(seed);
    CallbackSchedule one({.held = 200, .in_flight = 8, .of_owner = 4, .of_endpoint = 2});
    Now time{Instant(1000h), WallTime(20'000 * 24h)};
    std::vector<CallbackId> trace, away;
    for (unsigned i = 0; i < 3000; ++i) {
      const std::string owner(1, static_cast<char>('a' + dice.below(5)));
      one.add({id(i), owner, "https://" + std::to_string(dice.below(7)), "", time.wall, time.wall, 0}, time);
      while (const OwedCallback* const next = one.next(time)) {
        trace.push_back(next->id);
        away.push_back(next->id);
      }
      EXPECT_LE(one.in_flight(), 8U);
      EXPECT_EQ(one.in_flight(), away.size());
      if (!away.empty()) {
        const std::size_t at = dice.below(away.size());
        one.on_answer(away[at], {dice.chance(0.6) ? 200U : 500U}, time, dice);
        away.erase(away.begin() + static_cast<std::ptrdiff_t>(at));
      }
      const Milliseconds pause(dice.below(20'000));
      time.steady += pause;
      time.wall += pause;
    }
    return trace;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_GT(run(7).size(), 2000U);
}

}  // namespace
}  // namespace kgw
