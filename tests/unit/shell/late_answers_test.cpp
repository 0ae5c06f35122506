#include "shell/late_answers.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

FindExchange said(const std::string& kiosk, std::uint8_t number, std::size_t bytes = 10) {
  RequestId id;
  id.bytes[15] = number;
  return {SessionId{1}, kiosk, Answer{id, true, Outcome::known, share(std::string(bytes, 'x'))}};
}
std::string name(const FindExchange& answer) {
  return answer.kiosk_id + std::to_string(answer.answer.id.bytes[15]);
}
std::string name(const std::optional<FindExchange>& answer) { return answer ? name(*answer) : "none"; }

TEST(LateAnswers, KioskAfterKioskInTheOrderOfEach) {
  LateAnswers held;
  for (std::uint8_t i = 0; i < 100; ++i) EXPECT_TRUE(held.hold(said("flood", i)).empty());
  EXPECT_TRUE(held.hold(said("a", 1)).empty());
  EXPECT_TRUE(held.hold(said("a", 2)).empty());
  EXPECT_TRUE(held.hold(said("b", 1)).empty());
  for (const char* next : {"flood0", "a1", "b1", "flood1", "a2", "flood2", "flood3"})
    EXPECT_EQ(name(held.next()), next);
}

TEST(LateAnswers, OnlySoManyAreAskedAboutAtATime) {
  LateAnswers held({.asked_max = 2});
  for (std::uint8_t i = 0; i < 3; ++i) EXPECT_TRUE(held.hold(said("a", i)).empty());
  const auto first = held.next(), second = held.next();
  EXPECT_EQ(name(held.next()), "none");
  held.done(*first);
  EXPECT_EQ(name(held.next()), "a2");
  held.again(*second);
  EXPECT_EQ(name(held.next()), "a1") << "first in its line again";
}

TEST(LateAnswers, NothingIsHeldWhenAllIsDone) {
  LateAnswers held;
  EXPECT_TRUE(held.hold(said("a", 1)).empty());
  EXPECT_TRUE(held.any_waits());
  const auto asked = held.next();
  EXPECT_FALSE(held.any_waits());
  EXPECT_TRUE(held.holds_any());
  held.again(*asked);
  EXPECT_TRUE(held.any_waits());
  held.done(*held.next());
  EXPECT_FALSE(held.holds_any());
  EXPECT_EQ(held.bytes(), 0U);
}

TEST(LateAnswers, AKioskFillsItsOwnBoundOnly) {
  LateAnswers held({.bytes_max = 1'000'000, .kiosk_bytes_max = 10'000});
  std::size_t gone = 0;
  for (std::uint8_t i = 0; i < 100; ++i) {
    for (const FindExchange& answer : held.hold(said("flood", i, 1000))) {
      EXPECT_EQ(name(answer), "flood" + std::to_string(i)) << "the newest";
      ++gone;
    }
  }
  EXPECT_GT(gone, 80U);
  EXPECT_LE(held.bytes(), 10'000U);
  EXPECT_TRUE(held.hold(said("a", 1, 1000)).empty());
  EXPECT_TRUE(held.hold(said("large", 1, 50'000)).empty()) << "one there is always room for";
}

TEST(LateAnswers, PastTheBoundOfAllTheHeaviestLosesItsNewest) {
  LateAnswers held({.bytes_max = 10'000, .kiosk_bytes_max = 9000});
  EXPECT_TRUE(held.hold(said("light", 1, 1000)).empty());
  EXPECT_TRUE(held.hold(said("heavy", 1, 3000)).empty());
  EXPECT_TRUE(held.hold(said("heavy", 2, 3000)).empty());
  const auto gone = held.hold(said("other", 1, 2500));
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(name(gone[0]), "heavy2");
  EXPECT_EQ(held.take_all().size(), 3U);
  EXPECT_FALSE(held.holds_any());
  EXPECT_EQ(name(held.next()), "none");
}

}  // namespace
}  // namespace kgw
