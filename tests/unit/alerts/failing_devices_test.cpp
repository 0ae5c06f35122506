// Devices that fail: errors in a row, by kiosk and operation.
#include "alerts/failing_devices.hpp"

#include <gtest/gtest.h>

#include "alerts/alert_book.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

using std::chrono::days;
using std::chrono::hours;

class FailingDevicesTest : public ::testing::Test {
 protected:
  const Now now{Instant(hours(1000)), WallTime(days(20'000) + hours(12))};
  AlertBook book;

  std::vector<AlertNews> news() { return book.take_news(now.wall); }
};

TEST_F(FailingDevicesTest, ADeviceFailsByItsErrorsInARow) {
  book.on_kiosk_up("a", now);
  const auto answers = [&](std::initializer_list<AnswerResult> results, std::string_view operation = "payment",
                           const char* kiosk = "a") {
    for (const AnswerResult one : results) book.on_device_answer(kiosk, operation, one, "refused", now);
  };
  using enum AnswerResult;
  answers({failed, failed, success, failed, error, declined, unknown, unknown, unclassified, failed, failed});
  answers({failed, failed}, "print");
  EXPECT_TRUE(news().empty()) << "any other answer ends the row; each operation has its own";
  answers({error});
  auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.kind, AlertKind::device_failing);
  EXPECT_EQ(told[0].alert.kiosk_id, "a");
  EXPECT_EQ(told[0].alert.operation, "payment");
  EXPECT_EQ(told[0].alert.detail, "refused");
  EXPECT_EQ(told[0].alert.amount, 3);
  EXPECT_EQ(severity_of(AlertKind::device_failing), "critical");
  answers({failed, unknown, error});
  answers({success}, "print");
  answers({success}, "payment", "b");
  EXPECT_TRUE(news().empty()) << "once";
  answers({declined});
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
  EXPECT_EQ(book.open(AlertKind::device_failing), 0u);
  EXPECT_EQ(book.raised(AlertKind::device_failing), 1u);
}

TEST_F(FailingDevicesTest, ADeviceIsGoneWithItsKiosk) {
  book.on_kiosk_up("a", now);
  for (int i = 0; i < 3; ++i) book.on_device_answer("a", "payment", AnswerResult::failed, "", now);
  EXPECT_EQ(book.open(AlertKind::device_failing), 1u);
  book.on_kiosk_gone("a", now);
  EXPECT_EQ(book.open(AlertKind::device_failing), 0u);
  for (int i = 0; i < 3; ++i) book.on_device_answer("a", "payment", AnswerResult::failed, "", now);
  EXPECT_EQ(book.open(AlertKind::device_failing), 0u) << "what still runs when it is removed";
}

// Whoever sends may name as many operations as they like.
TEST_F(FailingDevicesTest, FewDevicesAKioskAndNoneHidesAnother) {
  book.on_kiosk_up("a", now);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i)
      book.on_device_answer("a", "x" + std::to_string(i), AnswerResult::failed, "", now);
    for (int i = 0; i < 3; ++i) book.on_device_answer("a", "payment", AnswerResult::failed, "", now);
  }
  EXPECT_EQ(book.open(AlertKind::device_failing), 1u) << "the one that is really used";
  for (int i = 0; i < 100; ++i)
    for (int k = 0; k < 3; ++k)
      book.on_device_answer("a", "x" + std::to_string(i), AnswerResult::failed, "", now);
  EXPECT_EQ(book.open(AlertKind::device_failing), limits::kFailingDevicesPerKiosk);
  book.on_device_answer("a", "payment", AnswerResult::success, "", now);
  EXPECT_EQ(book.open(AlertKind::device_failing), limits::kFailingDevicesPerKiosk - 1);
}

TEST_F(FailingDevicesTest, DevicesThatFailedBeforeTheStart) {
  const AlertBook::DeviceRow row{"a", "payment", 30, now.wall - hours(2), "connection_refused"};
  book.on_device_row(row, false, now);
  book.on_device_row(row, true, now);
  EXPECT_TRUE(news().empty()) << "it was published";
  ASSERT_EQ(book.alerts().size(), 1u) << "once";
  EXPECT_EQ(book.alerts()[0].raised_at, now.wall - hours(2));
  EXPECT_EQ(book.alerts()[0].amount, 30);
  book.on_device_row({"b", "print", 3, now.wall, "x"}, true, now);
  EXPECT_EQ(news().size(), 1u);
  book.on_kiosk_up("a", now);
  book.on_device_answer("a", "payment", AnswerResult::success, "", now);
  EXPECT_EQ(news().size(), 1u);
  EXPECT_EQ(book.open(AlertKind::device_failing), 1u);
  book.on_kiosk_gone("b", now);
  EXPECT_EQ(book.open(AlertKind::device_failing), 0u) << "also when it never came again";
}

}  // namespace
}  // namespace kgw
