// What one source may cause in a history, and how often a kiosk may connect.
#include "shell/fold.hpp"

#include <gtest/gtest.h>

#include "shell/reconnects.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

TEST(FoldTest, OneSourcePushesNothingOut) {
  Fold<std::string> fold(3, 1min, 100);
  int written = 0;
  std::uint64_t folded = 0;
  std::string last;
  for (int i = 0; i < 6000; ++i) {  // a hundred a second, for a minute
    const Instant now(10ms * i);
    written += fold.take("loud", std::to_string(i), now) ? 1 : 0;
    for (auto& [line, more] : fold.due(now)) last = line, folded += more, ++written;
  }
  EXPECT_LE(written, 5);
  EXPECT_TRUE(fold.take("quiet", "x", Instant(60s))) << "another one's lines are its own";
  for (auto& [line, more] : fold.due(Instant(10min))) last = line, folded += more, ++written;
  EXPECT_EQ(last, "5999") << "the latest is never lost";
  EXPECT_EQ(folded + static_cast<std::uint64_t>(written), 6000U) << "and all are counted";
  EXPECT_TRUE(fold.due(Instant(20min)).empty());
}

TEST(FoldTest, SourcesAreBounded) {
  Fold<std::string> fold(1, 1min, 10);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(fold.take(std::to_string(i), "x", Instant{}));
}

TEST(ReconnectsTest, OneThatLoopsIsSlowedAndOthersAreNot) {
  Reconnects reconnects;
  int in = 0;
  for (int i = 0; i < 1000; ++i) {
    if (!reconnects.may("loop", Instant{})) continue;
    reconnects.took("loop", Instant{});
    ++in;
  }
  EXPECT_EQ(in, 60);
  EXPECT_TRUE(reconnects.may("other", Instant{}));
  EXPECT_FALSE(reconnects.may("loop", Instant(4s)));
  EXPECT_TRUE(reconnects.may("loop", Instant(6s)));
}

}  // namespace
}  // namespace kgw
