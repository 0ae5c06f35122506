// Sessions of the dashboard and one-time codes: bounded, in time, and no longer than their key.
#include "access/dashboard_sessions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class DashboardSessionsTest : public ::testing::Test {
 protected:
  Caller caller_of(const std::string& id, Scope scope = Scope::read) {
    KeyRecord record;
    record.id = record.name = id;
    record.digest = digest_of(id);
    record.scopes = bit(scope);
    keys.put(record);
    return {keys.by_id(id), record.scopes, false, 0};
  }

  const WallTime now = wall_from_ms(1'700'000'000'000);
  const Caller admin{nullptr, kAllScopes, true, 0};
  KeyRing keys;
  SeededRandom random{1};
  DashboardSessions sessions{keys, random};
};

TEST_F(DashboardSessionsTest, StandsForItsKey) {
  const auto issued = sessions.open(caller_of("k_1"), now);
  const auto found = sessions.find(issued.text, now);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->caller.name(), "k_1");
  EXPECT_EQ(found->caller.session, issued.session);
  EXPECT_EQ(found->csrf, issued.csrf);
  EXPECT_EQ(issued.text.size(), 43U);
  EXPECT_NE(issued.text, issued.csrf);
  EXPECT_FALSE(sessions.find(issued.csrf, now));
  EXPECT_FALSE(sessions.find("", now));
  EXPECT_TRUE(sessions.find(sessions.open(admin, now).text, now)->caller.admin_key);
}

TEST_F(DashboardSessionsTest, EndsInTimeByLogoutOrWithItsKey) {
  const Caller caller = caller_of("k_1");
  const auto issued = sessions.open(caller, now);
  EXPECT_TRUE(sessions.find(issued.text, now + limits::kSessionTime - 1ms));
  EXPECT_FALSE(sessions.find(issued.text, now + limits::kSessionTime));
  EXPECT_FALSE(sessions.alive(issued.session, now + limits::kSessionTime));
  KeyRecord revoked = *caller.key;
  revoked.revoked_at = now;
  keys.put(revoked);
  EXPECT_FALSE(sessions.find(issued.text, now));
  EXPECT_FALSE(sessions.alive(issued.session, now));
  const auto other = sessions.open(admin, now);
  EXPECT_TRUE(sessions.alive(other.session, now));
  sessions.close(other.session);
  EXPECT_FALSE(sessions.find(other.text, now));
}

TEST_F(DashboardSessionsTest, HasTheRightsThatItsKeyHasNow) {
  const Caller caller = caller_of("k_1", Scope::admin);
  const auto issued = sessions.open(caller, now);
  EXPECT_TRUE(sessions.find(issued.text, now)->caller.has(Scope::send));
  KeyRecord less = *caller.key;
  less.scopes = bit(Scope::read);
  keys.put(less);
  EXPECT_FALSE(sessions.find(issued.text, now)->caller.has(Scope::admin));
}

TEST_F(DashboardSessionsTest, ACodeCountsOnceAndNotForLong) {
  const auto code = sessions.make_code(admin, now);
  EXPECT_FALSE(sessions.find(code.text, now)) << "a code is no session";
  EXPECT_TRUE(sessions.redeem(code.text, now));
  EXPECT_FALSE(sessions.redeem(code.text, now));
  const auto late = sessions.make_code(admin, now);
  EXPECT_FALSE(sessions.redeem(late.text, now + limits::kLoginCodeTime));
  EXPECT_FALSE(sessions.redeem(late.text, now)) << "it was used up";
  EXPECT_FALSE(sessions.redeem(sessions.open(admin, now).text, now)) << "a session is no code";
}

// When nothing is free: who has a session gives its own up for the next one, however many another has.
TEST_F(DashboardSessionsTest, WhoHasOneTakesNoneFromAnother) {
  const Caller small = caller_of("k_small");
  const auto first = sessions.open(small, now);
  std::vector<std::uint64_t> loud;
  for (std::size_t i = 0; i < limits::kSessionsMax; ++i)
    loud.push_back(sessions.open(caller_of("k_loud"), now).session);
  const auto left = [&] {
    return std::count_if(loud.begin(), loud.end(), [&](std::uint64_t one) { return sessions.alive(one, now); });
  };
  std::size_t oldest = 0;
  while (!sessions.alive(loud.at(oldest), now)) ++oldest;
  // Until nothing is free, and the one with the most loses one.
  for (int i = 0; sessions.alive(loud[oldest], now); ++i) {
    ASSERT_LT(i, 10'000);
    sessions.open(caller_of("k_" + std::to_string(i)), now);
  }
  ASSERT_TRUE(sessions.alive(first.session, now));
  const auto before = left();
  ASSERT_GT(before, 2);
  sessions.open(small, now);
  EXPECT_FALSE(sessions.alive(first.session, now));
  EXPECT_EQ(left(), before);
}

TEST_F(DashboardSessionsTest, OneKeyHasItsShareAndLosesItsOwnOldestOnly) {
  const auto first = sessions.open(admin, now);
  constexpr std::size_t kShare = limits::kSessionsMax / 2;
  for (std::size_t i = 1; i < kShare; ++i) sessions.open(admin, now);
  EXPECT_TRUE(sessions.find(first.text, now));
  sessions.open(admin, now);
  EXPECT_FALSE(sessions.find(first.text, now));
  EXPECT_EQ(sessions.size(), kShare);

  const Caller other = caller_of("k_other");
  const auto others = sessions.open(other, now);
  for (std::size_t i = 0; i < 2 * limits::kSessionsMax; ++i) sessions.open(admin, now);
  EXPECT_TRUE(sessions.find(others.text, now)) << "however often another key logs in";
  sessions.open(admin, now + limits::kSessionTime);
  EXPECT_EQ(sessions.size(), 1U) << "those that are over make room";
}

}  // namespace
}  // namespace kgw
