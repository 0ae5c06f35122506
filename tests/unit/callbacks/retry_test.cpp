#include "callbacks/retry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;
using Kind = CallbackStep::Kind;

const Now kNow{Instant(1000h), WallTime(20'000 * 24h)};
const Instant kEnd = kNow.steady + limits::kCallbackTime;

CallbackStep step(CallbackAnswer answer, std::uint32_t failed = 0, Instant ends_at = kEnd,
                  std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return next_step(answer, failed, ends_at, kNow.steady, random);
}

TEST(CallbackRetry, what_a_status_means) {
  for (const unsigned status : {200U, 201U, 202U, 204U, 299U})
    EXPECT_EQ(step({status}).kind, Kind::delivered) << status;
  EXPECT_EQ(step({410}).kind, Kind::gone);
  for (const unsigned status : {0U,   100U, 199U, 300U, 301U, 302U, 304U, 307U, 308U, 400U, 401U, 403U, 404U,
                                408U, 409U, 413U, 422U, 425U, 429U, 500U, 501U, 502U, 503U, 504U, 599U, 999U})
    EXPECT_EQ(step({status}).kind, Kind::again) << status;
}

TEST(CallbackRetry, waits_grow_and_spread_over_all_that_they_may_be) {
  Milliseconds most = limits::kCallbackFirstWait;
  for (std::uint32_t failed = 0; failed < 40; ++failed) {
    Milliseconds least_seen = most, most_seen{0};
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const auto wait = std::chrono::floor<Milliseconds>(step({503}, failed, kEnd, seed).at - kNow.steady);
      EXPECT_GE(wait, 0ms);
      EXPECT_LE(wait, most) << failed;
      least_seen = std::min(least_seen, wait);
      most_seen = std::max(most_seen, wait);
    }
    EXPECT_LT(least_seen, most / 10) << failed;
    EXPECT_GT(most_seen, most * 9 / 10) << failed;
    most = std::min<Milliseconds>(most * 2, limits::kCallbackWaitMax);
  }
}

TEST(CallbackRetry, after_so_many_failures_that_they_are_past_counting) {
  EXPECT_LE(step({503}, 200).at, kNow.steady + limits::kCallbackWaitMax);
  EXPECT_EQ(step({503}, 298).kind, Kind::again);
  EXPECT_EQ(step({503}, 299).kind, Kind::given_up) << "restarts with a wrong clock don't go on for ever";
  EXPECT_EQ(step({503}, 0xffff'fffe).kind, Kind::given_up);
  EXPECT_EQ(step({204}, 299).kind, Kind::delivered);
}

TEST(CallbackRetry, the_same_seed_gives_the_same_wait) { EXPECT_EQ(step({0}, 7).at, step({0}, 7).at); }

TEST(CallbackRetry, retry_after_is_heeded) {
  EXPECT_EQ(step({503, 600s}).at, kNow.steady + 600s);
  EXPECT_EQ(step({429, 86400s}, 3).at, kNow.steady + 86400s);
  EXPECT_EQ(step({503, 0s}, 12).at, step({503}, 12).at) << "it makes no wait shorter";
  EXPECT_EQ(step({503, std::chrono::years(10)}).at, kEnd) << "the last try is not lost";
}

TEST(CallbackRetry, its_time_ends_with_a_last_try) {
  EXPECT_EQ(step({500, 3600s}, 20, kNow.steady + 1min).at, kNow.steady + 1min);
  EXPECT_EQ(step({500}, 20, kNow.steady + 1ns).kind, Kind::again);
  EXPECT_EQ(step({500}, 20, kNow.steady).kind, Kind::given_up);
  EXPECT_EQ(step({0}, 0, kNow.steady - 1h).kind, Kind::given_up);
  EXPECT_EQ(step({200}, 20, kNow.steady - 1h).kind, Kind::delivered);
  EXPECT_EQ(step({410}, 20, kNow.steady - 1h).kind, Kind::gone);
}

TEST(CallbackRetry, three_days_from_when_it_was_owed) {
  EXPECT_EQ(callback_end(kNow.wall, kNow), kNow.steady + 72h);
  EXPECT_EQ(callback_end(kNow.wall - 70h, kNow), kNow.steady + 2h);
  EXPECT_EQ(callback_end(kNow.wall - 72h, kNow), kNow.steady + 1h)
      << "the gateway was down when its time ran out";
  EXPECT_EQ(callback_end(WallTime(), kNow), kNow.steady + 1h);
  EXPECT_EQ(callback_end(kNow.wall + 1000h, kNow), kNow.steady + 72h) << "written down by a wrong clock";
}

}  // namespace
}  // namespace kgw
