#include "telemetry/push_line.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kgw {
namespace {

// An address where nobody listens is never reached here: no test lets the client's thread answer.
struct Rig {
  SystemClock clock;
  SystemRandom random;
  HttpClient client{[] {}};
  PushLine line{
      {"test", {"http://127.0.0.1:1/", "", ""}, {}}, {client, clock, random}, [](const std::string&) {}};
};

TEST(PushLine, keeps_a_bounded_number_and_drops_the_oldest) {
  Rig rig;
  for (std::size_t n = 0; n < limits::kPushBatchesMax + 10; ++n) rig.line.add("x");
  EXPECT_EQ(rig.line.figures().waiting, limits::kPushBatchesMax);
  EXPECT_EQ(rig.line.figures().dropped, 10U);
}

TEST(PushLine, keeps_a_bounded_number_of_bytes) {
  Rig rig;
  for (int n = 0; n < 10; ++n) rig.line.add(std::string(limits::kPushBytesMax / 4, 'x'));
  EXPECT_LE(rig.line.figures().waiting, 5U);
  EXPECT_GE(rig.line.figures().dropped, 5U);
}

TEST(PushLine, what_can_not_be_sent_at_the_end_is_counted) {
  Rig rig;
  rig.line.hold();
  rig.line.add("x");
  rig.line.add("y");
  rig.line.finish(rig.clock.now().steady + std::chrono::seconds(1));
  EXPECT_EQ(rig.line.figures().waiting, 0U);
  EXPECT_EQ(rig.line.figures().sent, 0U);
  EXPECT_EQ(rig.line.figures().dropped, 2U);
}

}  // namespace
}  // namespace kgw
