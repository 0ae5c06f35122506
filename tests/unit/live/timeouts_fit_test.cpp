// Timeouts that fit together: what onlookers hear of becomes what people read.
#include "live/timeouts_fit.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace kgw {
namespace {

using namespace std::chrono_literals;

class StillClock final : public TurnClock {
 public:
  const Now& now() const override { return now_; }
  Instant read_clock() const override { return now_.steady; }

 private:
  const Now now_{Instant(1000h), wall_from_ms(1'790'000'000'000)};
};

class Fit : public ::testing::Test {
 protected:
  void late(Milliseconds took, Milliseconds late_by) {
    LateAnswer answer{};
    answer.kiosk_id = "k1";
    answer.operation = "payment";
    answer.took = took;
    answer.late_by = late_by;
    for (int i = 0; i < 3; ++i) fit.on_late_answer(answer);
  }

  StillClock clock;
  std::optional<WallTime> since = clock.now().wall - 1h;
  TimeoutsFit fit{clock, [this](std::string_view kiosk_id) {
                    EXPECT_EQ(kiosk_id, "k1");
                    return since;
                  }};
};

TEST_F(Fit, NothingIsWrong) { EXPECT_EQ(fit.json(), "[]"); }

TEST_F(Fit, ACallerThatHangsUp) {
  const Order order{"k1", "payment", {}, "shop"};
  for (int i = 0; i < 3; ++i) fit.on_caller_left(order, 30s, 45s);
  EXPECT_EQ(fit.json(),
            R"([{"kind":"caller_hangs_up","owner":"shop","operation_type":null,"times":3,"took_ms":30000,)"
            R"("gateway_waits_ms":45000,"set_seconds":50,"header_timeout_seconds":25,"last_at":")" +
                rfc3339(clock.now().wall) + R"("}])");
}

TEST_F(Fit, ADeviceThatAnswersLate) {
  late(61s, 16s);
  EXPECT_EQ(
      fit.json(),
      R"([{"kind":"device_answers_late","owner":null,"operation_type":"payment","times":3,"took_ms":61000,)"
      R"("gateway_waits_ms":45000,"set_seconds":70,"header_timeout_seconds":null,"last_at":")" +
          rfc3339(clock.now().wall) + R"("}])");
}

TEST_F(Fit, AnAnswerOverALaterConnectionSaysNothingOfTheDevice) {
  since = clock.now().wall - 60s;
  late(61s, 16s);
  since.reset();
  late(61s, 16s);
  EXPECT_TRUE(fit.found().empty());
}

TEST_F(Fit, NorDoesOneThatOnlyTheStoreWasLateWith) {
  late(0s, 0s);
  EXPECT_TRUE(fit.found().empty());
}

}  // namespace
}  // namespace kgw
