#include "base/deadlines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/random.hpp"

namespace kgw {
namespace {

struct Item {
  int number = 0;
  DeadlineHook deadline;
};

Instant at(std::int64_t ms) { return Instant(Milliseconds(ms)); }

TEST(Deadlines, GivesTheEarliestFirstAndTiesInOrder) {
  Deadlines<Item> deadlines;
  Item items[4] = {{0, {}}, {1, {}}, {2, {}}, {3, {}}};
  deadlines.set(items[0], at(30));
  deadlines.set(items[1], at(10));
  deadlines.set(items[2], at(30));
  deadlines.set(items[3], at(20));
  std::vector<int> order;
  while (!deadlines.empty()) {
    order.push_back(deadlines.front()->number);
    deadlines.remove(*deadlines.front());
  }
  EXPECT_EQ(order, (std::vector<int>{1, 3, 0, 2}));
}

TEST(Deadlines, MovesAndForgets) {
  Deadlines<Item> deadlines;
  Item a, b;
  deadlines.set(a, at(10));
  deadlines.set(b, at(20));
  deadlines.set(a, at(30));
  EXPECT_EQ(deadlines.size(), 2U);
  EXPECT_EQ(deadlines.next(), at(20));
  deadlines.remove(b);
  deadlines.remove(b);  // what is not there can be removed
  EXPECT_FALSE(b.deadline.set());
  EXPECT_EQ(deadlines.front(), &a);
}

TEST(Deadlines, AgreesWithAPlainSearch) {
  SeededRandom random(7);
  Deadlines<Item> deadlines;
  std::deque<Item> items(200);
  for (int step = 0; step < 20'000; ++step) {
    Item& item = items[random.below(items.size())];
    if (random.chance(0.4)) deadlines.remove(item);
    else deadlines.set(item, at(static_cast<std::int64_t>(random.below(50))));
    const Item* earliest = nullptr;
    std::size_t set = 0;
    for (const Item& one : items) {
      if (!one.deadline.set()) continue;
      ++set;
      if (!earliest || one.deadline.at < earliest->deadline.at ||
          (one.deadline.at == earliest->deadline.at && one.deadline.order < earliest->deadline.order))
        earliest = &one;
    }
    ASSERT_EQ(deadlines.size(), set);
    if (earliest) {
      ASSERT_EQ(deadlines.front(), earliest);
    }
  }
}

}  // namespace
}  // namespace kgw
