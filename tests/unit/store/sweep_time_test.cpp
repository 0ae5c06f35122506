#include "store/sweep_time.hpp"

#include <gtest/gtest.h>

namespace kgw::testing {
namespace {

using namespace std::chrono_literals;

const WallTime kBegan = wall_from_ms(1'750'000'000'000);

Now after(std::chrono::nanoseconds steady, Milliseconds wall) { return {Instant(steady), kBegan + wall}; }

TEST(SweepTimeTest, GoesWithTheClock) {
  SweepTime time(kBegan, Instant{}, 24h);
  EXPECT_EQ(time.at(after(1h, 1h)), kBegan + 1h);
  EXPECT_EQ(time.at(after(1000h, 1000h)), kBegan + 1000h);
  EXPECT_FALSE(time.waits());
}

TEST(SweepTimeTest, ASmallLeapIsFollowedAtOnce) {
  SweepTime time(kBegan, Instant{}, 24h);
  EXPECT_EQ(time.at(after(1min, 12h)), kBegan + 12h);
  EXPECT_EQ(time.at(after(2min, 0h)), kBegan) << "back too";
}

TEST(SweepTimeTest, ALargeOneAfterADay) {
  SweepTime time(kBegan, Instant{}, 24h);
  EXPECT_EQ(time.at(after(1min, 24h * 40)), kBegan + 1min);
  EXPECT_TRUE(time.waits());
  EXPECT_EQ(time.at(after(23h, 24h * 40)), kBegan + 23h);
  EXPECT_EQ(time.trusted(), kBegan + 23h) << "what the next life goes on from";
  EXPECT_EQ(time.at(after(25h, 24h * 41)), kBegan + 24h * 41);
  EXPECT_FALSE(time.waits());
}

TEST(SweepTimeTest, TenMinutesAheadAreForgotten) {
  SweepTime time(kBegan, Instant{}, 24h);
  time.at(after(1min, 24h * 40));
  EXPECT_EQ(time.at(after(11min, 11min)), kBegan + 11min);
  EXPECT_FALSE(time.waits());
  time.at(after(25h, 24h * 40));
  EXPECT_EQ(time.at(after(26h, 24h * 40)), kBegan + 26h) << "the day begins anew";
}

TEST(SweepTimeTest, NeverLaterThanTheClock) {
  SweepTime time(kBegan, Instant{}, 24h);
  EXPECT_EQ(time.at(after(1h, -24h * 365)), kBegan - 24h * 365);
  EXPECT_EQ(time.at(after(2h, 2h)), kBegan + 2h);
}

TEST(SweepTimeTest, PartsOfAMillisecondAddUp) {
  SweepTime time(kBegan, Instant{}, 24h);
  time.at(after(0ns, 24h * 40));
  for (int i = 1; i <= 3000; ++i) time.at(after(std::chrono::microseconds(i * 400), 24h * 40));
  EXPECT_EQ(time.trusted(), kBegan + 1200ms);
}

}  // namespace
}  // namespace kgw::testing
