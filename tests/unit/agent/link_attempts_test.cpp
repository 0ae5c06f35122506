// Which address comes next, and when: the waits are drawn from a seed, and their bounds are what is promised.
#include "agent/link_attempts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

using namespace std::chrono_literals;

class LinkAttemptsTest : public testing::Test {
 protected:
  using End = LinkAttempts::End;
  static LinkAttempts of(std::size_t addresses) {
    return LinkAttempts({.addresses = addresses, .first = 1s, .most = 60s, .disabled = 10s});
  }
  // The longest of many waits that the n-th failure in a row gives.
  Milliseconds longest_of_failure(std::size_t n, const End& end = {}) {
    Milliseconds longest{0};
    for (int i = 0; i < 300; ++i) {
      LinkAttempts attempts = of(1);
      for (std::size_t k = 1; k < n; ++k) attempts.after(end, random);
      longest = std::max(longest, attempts.after(end, random).wait);
    }
    return longest;
  }
  SeededRandom random{17};
};

TEST_F(LinkAttemptsTest, WaitsGrowFromOneSecondToOneMinuteWithFullJitter) {
  const std::pair<std::size_t, Milliseconds> bounds[] = {{1, 1s}, {2, 2s}, {6, 32s}, {7, 60s}, {50, 60s}};
  for (const auto& [n, most] : bounds) {
    const Milliseconds longest = longest_of_failure(n);
    EXPECT_LE(longest, most) << n;
    EXPECT_GT(longest, most * 9 / 10) << n;
  }
}

TEST_F(LinkAttemptsTest, OnlyAStableMinuteBeginsAnew) {
  for (const auto& [lasted, most] : {std::pair<Milliseconds, Milliseconds>{59s, 32s}, {60s, 1s}}) {
    Milliseconds longest{0};
    for (int i = 0; i < 300; ++i) {
      LinkAttempts attempts = of(1);
      for (int k = 0; k < 5; ++k) attempts.after({}, random);
      longest = std::max(longest, attempts.after({.lasted = lasted}, random).wait);
    }
    EXPECT_LE(longest, most);
    EXPECT_GT(longest, most * 9 / 10);
  }
}

TEST_F(LinkAttemptsTest, ADisabledKioskAsksEveryTenSecondsForEver) {
  LinkAttempts attempts = of(2);
  for (int i = 0; i < 100; ++i) {
    const auto next = attempts.after({.http_status = 403}, random);
    EXPECT_EQ(next.wait, 10s);
    EXPECT_EQ(next.address, 0U);
  }
  EXPECT_LE(attempts.after({}, random).wait, 1s);  // nor did that make later waits longer
}

TEST_F(LinkAttemptsTest, AddressesComeInOrderAndOnlyARoundIsWaitedFor) {
  LinkAttempts attempts = of(3);
  EXPECT_EQ(attempts.address(), 0U);
  for (int round = 0; round < 20; ++round)
    for (const std::size_t address : {1U, 2U, 0U}) {
      const auto next = attempts.after({}, random);
      EXPECT_EQ(next.address, address);
      EXPECT_EQ(attempts.address(), address);
      EXPECT_LE(next.wait, address == 0 ? 60s : 1s) << "the others of a round are asked soon";
    }
}

TEST_F(LinkAttemptsTest, AfterAGoodConnectionTheFirstAgainUnlessItStalled) {
  LinkAttempts attempts = of(3);
  attempts.after({}, random);
  EXPECT_EQ(attempts.after({.lasted = 2min}, random).address, 0U);
  EXPECT_EQ(attempts.after({.lasted = 2min, .stalled = true}, random).address, 1U);
  EXPECT_EQ(attempts.after({.lasted = 1s}, random).address, 2U) << "one that does not last is not good";
}

TEST_F(LinkAttemptsTest, RetryAfterIsHeededUpToFiveMinutes) {
  for (const auto& [asked, least] :
       {std::pair<Milliseconds, Milliseconds>{7s, 7s}, {std::chrono::hours(24), 5min}}) {
    LinkAttempts attempts = of(1);
    const auto next = attempts.after({.now = Instant(1h), .http_status = 503, .retry_after = asked}, random);
    EXPECT_GE(next.wait, least);
    EXPECT_LE(next.wait, least + 1s);
  }
}

TEST_F(LinkAttemptsTest, AnotherAddressDoesNotWaitForWhatOneAskedFor) {
  LinkAttempts attempts = of(2);
  const Instant start(1h);
  auto next = attempts.after({.now = start, .http_status = 503, .retry_after = 100s}, random);
  EXPECT_EQ(next.address, 1U);
  EXPECT_LE(next.wait, 1s);
  // While the first one may not be asked, the second one is, again and again.
  next = attempts.after({.now = start + 1s}, random);
  EXPECT_EQ(next.address, 1U);
  next = attempts.after({.now = start + 101s}, random);
  EXPECT_EQ(next.address, 0U);
}

}  // namespace
}  // namespace kgw
