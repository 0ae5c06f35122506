// Handshakes that wait, and who may have how many of them.
#include "shell/knocks.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

class KnocksTest : public testing::Test {
 protected:
  bool waits(const std::string& network) {
    last = KnockId{++number};
    knocks.add(last, Knock{"k", "", network, network, ""});
    if (knocks.may_wait(last)) return true;
    knocks.take(last);
    return false;
  }
  Knocks knocks;
  KnockId last{};
  std::uint64_t number = 0;
};

TEST_F(KnocksTest, OneNetworkLeavesRoomForOthers) {
  std::size_t held = 0;
  while (held < 2000 && waits("192.0.2.1")) ++held;
  EXPECT_EQ(held, limits::kKnocksMax * 9 / 10);
  EXPECT_TRUE(waits("198.51.100.1"));
  EXPECT_FALSE(waits("192.0.2.1"));
  for (std::uint64_t id = 1; id <= 20; ++id) EXPECT_TRUE(knocks.take(KnockId{id}));
  EXPECT_TRUE(waits("192.0.2.1")) << "some have gone";
}

TEST_F(KnocksTest, WhatIsAnsweredAtOnceTakesNoShare) {
  for (std::uint64_t i = 0; i < 2 * limits::kKnocksMax; ++i) {
    const KnockId id{i + 1};
    knocks.add(id, Knock{"k", "", "192.0.2.1", "192.0.2.1", ""});
    EXPECT_TRUE(knocks.take(id));
    EXPECT_TRUE(knocks.may_wait(id)) << "it is answered";
  }
  EXPECT_FALSE(knocks.take(KnockId{1}));
}

}  // namespace
}  // namespace kgw
