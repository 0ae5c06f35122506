#include "callbacks/secrets.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

const WallTime kNow(20'000 * 24h);

TEST(CallbackSecrets, both_are_valid_for_a_day_after_a_rotation) {
  CallbackSecrets secrets{.current = "a"};
  EXPECT_EQ(secrets.valid(kNow), Texts{"a"});
  secrets.rotate("b", kNow);
  EXPECT_EQ(secrets.valid(kNow), (Texts{"b", "a"}));
  EXPECT_EQ(secrets.valid(kNow + 24h - 1ms), (Texts{"b", "a"}));
  EXPECT_EQ(secrets.valid(kNow + 24h), Texts{"b"});
}

TEST(CallbackSecrets, there_are_never_more_than_two) {
  CallbackSecrets secrets{.current = "a"};
  secrets.rotate("b", kNow);
  secrets.rotate("c", kNow + 1h);
  EXPECT_EQ(secrets.valid(kNow + 1h), (Texts{"c", "b"}));
  EXPECT_EQ(secrets.valid(kNow + 24h), (Texts{"c", "b"})) << "a day from its own replacement";
  EXPECT_EQ(secrets.valid(kNow + 25h), Texts{"c"});
}

TEST(CallbackSecrets, one_that_leaked_ends_at_once) {
  CallbackSecrets secrets{.current = "a"};
  secrets.rotate("b", kNow);
  secrets.end_previous();
  EXPECT_EQ(secrets.valid(kNow), Texts{"b"});
}

}  // namespace
}  // namespace kgw
