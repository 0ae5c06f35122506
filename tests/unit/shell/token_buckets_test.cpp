// How often each of many may do something.
#include "shell/token_buckets.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kgw {
namespace {

using namespace std::chrono_literals;

TEST(TokenBuckets, SoManyAtOnceThenOneEachInterval) {
  TokenBuckets buckets(3, 10s, 100);
  const auto taken = [&](Instant now) {
    int count = 0;
    while (buckets.may("a", now)) buckets.take("a", now), ++count;
    return count;
  };
  EXPECT_EQ(taken(Instant{}), 3);
  EXPECT_EQ(taken(Instant(9s)), 0);
  EXPECT_EQ(taken(Instant(10s)), 1);
  EXPECT_TRUE(buckets.may("b", Instant(10s))) << "each has its own";
  EXPECT_EQ(taken(Instant(1h)), 3) << "and never more than that at once";
}

TEST(TokenBuckets, WhatIsTakenWithoutATokenIsNoDebt) {
  TokenBuckets buckets(2, 10s, 100);
  for (int i = 0; i < 1000; ++i) buckets.take("a", Instant{});
  EXPECT_TRUE(buckets.may("a", Instant(10s)));
}

TEST(TokenBuckets, ForgetsFullOnesFirst) {
  TokenBuckets buckets(1, 10s, 3);
  buckets.take("early", Instant{});
  buckets.take("late", Instant(9s));
  buckets.take("later", Instant(9s));
  buckets.take("last", Instant(11s));
  EXPECT_FALSE(buckets.may("late", Instant(12s)));
  EXPECT_FALSE(buckets.may("last", Instant(12s)));
  buckets.take("more", Instant(12s));
  EXPECT_TRUE(buckets.may("late", Instant(12s)))
      << "none was full: there is room for the newcomer all the same";
  EXPECT_FALSE(buckets.may("more", Instant(12s)));
}

}  // namespace
}  // namespace kgw
