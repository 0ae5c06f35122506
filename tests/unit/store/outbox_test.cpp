#include "store/outbox.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

TEST(Outbox, AcknowledgementsRunTogetherAndLoseNoVerdict) {
  int wakes = 0;
  Outbox outbox([&] { ++wakes; });
  outbox.post(CommittedEvent{1, {}});
  outbox.post(CommittedEvent{3, {{2, {Claim::taken, {}}}}});
  outbox.post(CommittedEvent{7, {{4, {Claim::taken, {}}}, {7, {Claim::conflict, {}}}}});
  outbox.post(CallbackEvent([] {}));
  outbox.post(CommittedEvent{8, {}});
  EXPECT_EQ(wakes, 1);

  std::vector<StoreEvent> events;
  outbox.take(events);
  ASSERT_EQ(events.size(), 3U);
  const auto& first = std::get<CommittedEvent>(events[0]);
  EXPECT_EQ(first.up_to, 7U);
  ASSERT_EQ(first.not_new.size(), 3U);
  EXPECT_EQ(first.not_new[0].number, 2U);
  EXPECT_EQ(first.not_new[0].verdict.claim, Claim::taken);
  EXPECT_EQ(first.not_new[1].number, 4U);
  EXPECT_EQ(first.not_new[2].verdict.claim, Claim::conflict);
  EXPECT_EQ(std::get<CommittedEvent>(events[2]).up_to, 8U);
  EXPECT_TRUE(std::get<CommittedEvent>(events[2]).not_new.empty());
}

}  // namespace
}  // namespace kgw
