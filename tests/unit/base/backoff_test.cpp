// Backoff: doubles up to the most, starts anew, and its jitter fills the whole of what is allowed.
#include "base/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kgw {
namespace {

TEST(Backoff, doubles_up_to_the_most_and_starts_anew) {
  Backoff backoff(Milliseconds(1000), Milliseconds(60'000));
  EXPECT_FALSE(backoff.failing());
  for (int round = 0; round < 2; ++round) {
    for (const int wait : {1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000})
      EXPECT_EQ(backoff.next(), Milliseconds(wait));
    EXPECT_TRUE(backoff.failing());
    EXPECT_EQ(backoff.last(), Milliseconds(60'000));
    backoff.reset();
    EXPECT_FALSE(backoff.failing());
    EXPECT_EQ(backoff.last(), Milliseconds(0));
  }
}

TEST(Backoff, a_million_failures_stay_at_the_most) {
  Backoff backoff(Milliseconds(1), Milliseconds(30'000));
  for (int i = 0; i < 1'000'000; ++i) backoff.next();
  EXPECT_EQ(backoff.next(), Milliseconds(30'000));
}

TEST(Backoff, the_most_holds_from_the_first_wait_on) {
  Backoff backoff(Milliseconds(5000), Milliseconds(50));
  EXPECT_EQ(backoff.next(), Milliseconds(50));
}

// Every time from zero to the ceiling, both included, and none beyond; the ceiling itself grows as without
// jitter.
TEST(Backoff, full_jitter_fills_what_is_allowed) {
  SeededRandom random(7);
  std::set<Milliseconds::rep> first, second;
  for (int i = 0; i < 500; ++i) {
    Backoff backoff(Milliseconds(3), Milliseconds(5));
    first.insert(backoff.next(random).count());
    second.insert(backoff.next(random).count());
    EXPECT_EQ(backoff.last(), Milliseconds(5));
  }
  EXPECT_EQ(first, (std::set<Milliseconds::rep>{0, 1, 2, 3}));
  EXPECT_EQ(second, (std::set<Milliseconds::rep>{0, 1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace kgw
