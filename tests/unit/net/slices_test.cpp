#include "net/slices.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace kgw {
namespace {

using namespace std::chrono_literals;

// Passes only when a piece of work says so.
class WorkingClock final : public Clock {
 public:
  Now now() const override { return now_; }
  void work(std::chrono::nanoseconds span) { now_.steady += span; }

 private:
  Now now_{Instant{1h}, wall_from_ms(1'790'000'000'000)};
};

class SlicesTest : public testing::Test {
 protected:
  // Until all is done; how many pieces each turn had.
  void run() {
    loop.set_end_of_turn([this] {
      turns.push_back(std::exchange(pieces, 0));
      if (slices.under_way() == 0) loop.stop();
    });
    loop.run();
  }
  bool add(std::string_view holder, int number, int count) {
    return slices.add(holder, [this, number, count]() mutable {
      clock.work(100us);
      ++pieces;
      order.push_back(number);
      return --count == 0;
    });
  }

  WorkingClock clock;
  Loop loop{clock};
  Slices slices{loop};
  std::size_t pieces = 0;
  std::vector<std::size_t> turns;
  std::vector<int> order;
};

TEST_F(SlicesTest, AllTogetherTakeHalfAMillisecondOfATurn) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(add("a", i, 4));
  EXPECT_TRUE(order.empty()) << "not in the turn of the one who asks";
  run();
  EXPECT_EQ(order.size(), 200U);
  EXPECT_LE(*std::max_element(turns.begin(), turns.end()), 5U);
}

TEST_F(SlicesTest, EachGetsItsPieceInTurn) {
  ASSERT_TRUE(add("long", 0, 100));
  ASSERT_TRUE(add("short", 1, 1));
  ASSERT_TRUE(add("short", 2, 2));
  run();
  EXPECT_EQ(std::vector<int>(order.begin(), order.begin() + 6), (std::vector<int>{0, 1, 2, 0, 2, 0}));
}

TEST_F(SlicesTest, NobodyFillsThemForOthers) {
  std::size_t taken = 0;
  while (taken <= limits::kSlicesMax && add("flood", 0, 1)) ++taken;
  EXPECT_EQ(taken, limits::kSlicesMax / 2);
  EXPECT_TRUE(add("another", 1, 1));
  run();
  EXPECT_EQ(order.size(), taken + 1) << "what was refused is not run";
  EXPECT_TRUE(add("flood", 0, 1)) << "there is room again";
}

}  // namespace
}  // namespace kgw
