#include "log/line_fold.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using namespace std::chrono_literals;

const Instant kStart = Instant(100s);

TEST(LineFold, TheFirstOnesAreWholeTheRestIsANumber) {
  LineFold fold;
  int written = 0;
  for (int i = 0; i < 10'000; ++i) written += fold.allows("unmatched_answer", "K1", 2, kStart) ? 1 : 0;
  EXPECT_EQ(written, static_cast<int>(LineFold::kWhole));
  EXPECT_TRUE(fold.allows("unmatched_answer", "K2", 2, kStart)) << "another kiosk's are its own";
  EXPECT_TRUE(fold.allows("kiosk_refused", "K1", 2, kStart));
  EXPECT_TRUE(fold.take_due(kStart + LineFold::kWindow - 1ms).empty());
  const auto due = fold.take_due(kStart + LineFold::kWindow);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].event, "unmatched_answer");
  EXPECT_EQ(due[0].source, "K1");
  EXPECT_EQ(due[0].level, 2);
  EXPECT_EQ(due[0].lines, 10'000 - LineFold::kWhole);
}

TEST(LineFold, WhoGoesOnGetsOneLineAWindowUntilItIsCalm) {
  LineFold fold;
  Instant now = kStart;
  for (int window = 0; window < 5; ++window) {
    int written = 0;
    for (int i = 0; i < 100; ++i) written += fold.allows("e", "s", 2, now) ? 1 : 0;
    EXPECT_EQ(written, static_cast<int>(window == 0 ? LineFold::kWhole : LineFold::kAgain));
    now += LineFold::kWindow;
    EXPECT_EQ(fold.take_due(now).size(), 1U);
  }
  now += LineFold::kWindow;
  EXPECT_TRUE(fold.take_due(now).empty()) << "nothing was left out";
  EXPECT_FALSE(fold.next_deadline()) << "and it is forgotten";
  for (std::uint32_t i = 0; i < LineFold::kWhole; ++i) EXPECT_TRUE(fold.allows("e", "s", 2, now));
}

TEST(LineFold, ManySourcesAreOne) {
  LineFold fold;
  std::size_t written = 0;
  constexpr std::size_t kSources = 100'000;
  for (std::size_t i = 0; i < kSources; ++i)
    written += fold.allows("access_refused", std::to_string(i), 2, kStart) ? 1 : 0;
  EXPECT_EQ(written, LineFold::kSourcesMax + LineFold::kWhole);
  std::vector<LineFold::Folded> due;
  while (fold.next_deadline() && *fold.next_deadline() <= kStart + LineFold::kWindow)
    for (LineFold::Folded& one : fold.take_due(kStart + LineFold::kWindow)) due.push_back(std::move(one));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].source, "");
  EXPECT_EQ(due[0].lines, kSources - written);
  EXPECT_TRUE(fold.allows("access_refused", "1", 2, kStart + LineFold::kWindow)) << "there is room again";
}

}  // namespace
}  // namespace kgw
