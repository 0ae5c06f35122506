// Nobody fills a bound for all others, whoever comes in what order.
#include "base/shares.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

std::size_t take_all(Shares& shares, std::string_view who, std::size_t amount = 1) {
  std::size_t got = 0;
  while (shares.take(who, amount)) got += amount;
  return got;
}

TEST(Shares, WhoeverIsGreedyLeavesRoomForOthers) {
  Shares shares(100);
  EXPECT_EQ(take_all(shares, "greedy"), 50U);
  EXPECT_EQ(take_all(shares, "greedy too"), 25U);
  for (const char* const newcomer : {"a", "b", "c", "d", "e"}) EXPECT_TRUE(shares.take(newcomer)) << newcomer;
  EXPECT_FALSE(shares.take("greedy"));
  EXPECT_LE(shares.taken(), 100U);
}

TEST(Shares, TimesSaysHowMuchOneWhoIsAloneMayHave) {
  Shares nearly(1000, 9);
  EXPECT_EQ(take_all(nearly, "alone"), 900U);
  EXPECT_GE(take_all(nearly, "second"), 80U);
  EXPECT_TRUE(nearly.take("third"));
}

TEST(Shares, WhatIsGivenBackIsThereForAll) {
  Shares shares(10);
  EXPECT_EQ(take_all(shares, "a"), 5U);
  for (int i = 0; i < 5; ++i) shares.give_back("a");
  EXPECT_EQ(shares.taken(), 0U);
  EXPECT_EQ(shares.held_by("a"), 0U);
  EXPECT_EQ(take_all(shares, "b"), 5U);
  shares.give_back("nobody");
  EXPECT_EQ(shares.taken(), 5U);
  shares.clear();
  EXPECT_EQ(take_all(shares, "b"), 5U);
}

TEST(Shares, NobodyGivesBackWhatAnotherHolds) {
  Shares shares(10);
  EXPECT_TRUE(shares.take("a", 3));
  EXPECT_TRUE(shares.take("b", 2));
  shares.give_back("a", 100);
  EXPECT_EQ(shares.held_by("a"), 0U);
  EXPECT_EQ(shares.taken(), 2U);
}

TEST(Shares, TheLastPlacesGoToThoseWhoHaveNone) {
  Shares shares(3);
  EXPECT_TRUE(shares.take("a"));
  EXPECT_FALSE(shares.take("a")) << "two of three would leave less than that";
  EXPECT_TRUE(shares.take("b"));
  EXPECT_TRUE(shares.take("c"));
  EXPECT_FALSE(shares.take("d")) << "all are taken";
}

TEST(Shares, LargeAndSmallAmounts) {
  Shares bytes(1000);
  EXPECT_FALSE(bytes.take("a", 1001));
  EXPECT_TRUE(bytes.take("a", 400));
  EXPECT_FALSE(bytes.take("a", 101)) << "it would hold 501, and 499 would be left";
  EXPECT_TRUE(bytes.take("a", 100));
  EXPECT_TRUE(bytes.take("b", 250));
  EXPECT_EQ(bytes.held_by("a"), 500U);
}

TEST(SharedBound, WhatCouldNotBeRefusedCountsAllTheSame) {
  SharedBound bound(100);
  bound.take(150);
  EXPECT_EQ(bound.free(), 0U);
  EXPECT_FALSE(bound.has_room(0));
  bound.give_back(60);
  EXPECT_EQ(bound.free(), 10U);
  EXPECT_TRUE(bound.has_room(0, 10));
  EXPECT_FALSE(bound.has_room(5, 5));
  bound.give_back(1000);
  EXPECT_EQ(bound.taken(), 0U);
}

}  // namespace
}  // namespace kgw
