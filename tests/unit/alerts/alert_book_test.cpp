#include "alerts/alert_book.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace kgw {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class AlertBookTest : public ::testing::Test {
 protected:
  Now now{Instant(hours(1000)), WallTime(days(20'000) + hours(12))};
  AlertBook book;

  void pass(std::chrono::nanoseconds time) {
    now.steady += time;
    now.wall += std::chrono::duration_cast<Milliseconds>(time);
    book.on_tick(now);
  }
  struct TokenEnd {
    std::string kiosk_id;
    WallTime at;
  };
  void look_at(const std::vector<TokenEnd>& tokens, std::optional<WallTime> last_look) {
    TokenEnds ends(now.wall, last_look);
    for (const TokenEnd& token : tokens) book.see_token(ends, token.kiosk_id, token.at);
    book.on_tokens(ends, now);
  }
  std::vector<AlertNews> news() { return book.take_news(now.wall); }
  RequestId request(std::uint8_t n) {
    RequestId id;
    id.bytes[0] = 1;
    id.bytes[15] = n;
    return id;
  }
  void end(const std::string& kiosk, std::optional<ErrorCode> error, std::string_view operation = "print",
           Outcome outcome = Outcome::known, std::uint8_t n = 1) {
    book.on_request_ended(kiosk, operation, error, outcome, request(n), now);
  }
};

TEST_F(AlertBookTest, AKioskIsOfflineOnceAndBackOnce) {
  book.on_kiosk_up("a", now);
  book.on_kiosk_down("a", now);
  EXPECT_EQ(book.next_deadline(), now.steady + minutes(5));
  pass(minutes(5) - seconds(1));
  EXPECT_TRUE(news().empty());
  pass(seconds(1));
  auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.kind, AlertKind::kiosk_offline);
  EXPECT_EQ(told[0].alert.kiosk_id, "a");
  EXPECT_EQ(told[0].alert.amount, 5);
  EXPECT_FALSE(told[0].ended);
  EXPECT_EQ(book.open(AlertKind::kiosk_offline), 1u);
  pass(hours(24));
  EXPECT_TRUE(news().empty()) << "once, not a stream";
  book.on_kiosk_up("a", now);
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
  EXPECT_EQ(told[0].alert.ended_at, now.wall);
  EXPECT_EQ(book.open(AlertKind::kiosk_offline), 0u);
  EXPECT_EQ(book.raised(AlertKind::kiosk_offline), 1u);
  EXPECT_FALSE(book.next_deadline());
}

TEST_F(AlertBookTest, AShortAbsenceIsNoAlert) {
  book.on_kiosk_up("a", now);
  book.on_kiosk_down("a", now);
  pass(minutes(4));
  book.on_kiosk_up("a", now);
  pass(hours(1));
  EXPECT_TRUE(news().empty());
}

TEST_F(AlertBookTest, NobodyWaitsForAKioskThatIsGone) {
  book.on_kiosk_up("a", now);
  book.on_kiosk_down("a", now);
  book.on_kiosk_gone("a", now);
  pass(hours(1));
  EXPECT_TRUE(news().empty());
  EXPECT_FALSE(book.next_deadline());
}

TEST_F(AlertBookTest, Flapping) {
  for (int i = 0; i < 12; ++i) {
    book.on_kiosk_up("a", now);
    book.on_kiosk_down("a", now);
    pass(seconds(10));
  }
  book.on_kiosk_up("a", now);
  auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.kind, AlertKind::kiosk_flapping);
  EXPECT_EQ(told[0].alert.amount, 5);
  pass(AlertBook::kFlappingWindow - seconds(20));
  EXPECT_TRUE(news().empty());
  pass(seconds(20));
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
}

TEST_F(AlertBookTest, ConnectionsThatEndNowAndThenDoNotFlap) {
  for (int i = 0; i < 20; ++i) {
    book.on_kiosk_up("a", now);
    book.on_kiosk_down("a", now);
    pass(minutes(3));
  }
  EXPECT_TRUE(news().empty());
}

TEST_F(AlertBookTest, FailingFromAShareOn) {
  book.on_kiosk_up("a", now);
  for (int i = 0; i < 4; ++i) end("a", ErrorCode::timeout);
  EXPECT_TRUE(news().empty()) << "too few to say anything";
  end("a", ErrorCode::invalid_response);
  auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.kind, AlertKind::kiosk_failing);
  EXPECT_EQ(told[0].alert.amount, 100);
  for (int i = 0; i < 4; ++i) end("a", ErrorCode::timeout);
  EXPECT_TRUE(news().empty());
  pass(AlertBook::kFailingWindow);
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
}

TEST_F(AlertBookTest, FewFailuresAmongManyAreNone) {
  book.on_kiosk_up("a", now);
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 9; ++k) end("a", std::nullopt);
    end("a", ErrorCode::timeout);
  }
  for (int i = 0; i < 50; ++i) end("a", ErrorCode::kiosk_offline);
  EXPECT_TRUE(news().empty());
}

TEST_F(AlertBookTest, EachPaymentOfUnknownOutcomeUntilItsLateAnswer) {
  end("a", ErrorCode::timeout, "payment", Outcome::unknown, 1);
  end("a", std::nullopt, "payment", Outcome::unknown, 2);
  end("a", ErrorCode::kiosk_offline, "payment", Outcome::not_executed, 3);
  end("a", std::nullopt, "payment", Outcome::known, 4);
  auto told = news();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].alert.request_id, request(1));
  EXPECT_EQ(book.open(AlertKind::payment_unknown), 2u);
  book.on_late_answer(request(1), Outcome::unknown, now);
  EXPECT_TRUE(news().empty());
  book.on_late_answer(request(1), Outcome::known, now);
  book.on_late_answer(request(1), Outcome::known, now);
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
  EXPECT_EQ(book.open(AlertKind::payment_unknown), 1u);
}

// What stands in the ledger at a start is there again: each once, told only if it may not have been before.
TEST_F(AlertBookTest, TheLedgerOfBeforeTheStart) {
  const auto unresolved = [&](std::uint8_t number, const char* operation) {
    StoredExchange x;
    x.id = request(number);
    x.order.kiosk_id = "a";
    x.order.operation = operation;
    x.state = State::timed_out;
    x.outcome = Outcome::unknown;
    x.ended_at = now.wall - std::chrono::hours(2);
    return x;
  };
  book.on_unresolved(unresolved(1, "payment"), false, now);
  book.on_unresolved(unresolved(2, "payment"), true, now);
  book.on_unresolved(unresolved(3, "print"), true, now);
  end("a", ErrorCode::timeout, "payment", Outcome::unknown, 4);
  book.on_unresolved(unresolved(4, "payment"), true, now);
  EXPECT_EQ(book.open(AlertKind::payment_unknown), 3u);
  EXPECT_EQ(book.raised(AlertKind::payment_unknown), 2u) << "in this run";
  auto told = news();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].alert.request_id, request(2));
  EXPECT_EQ(told[0].alert.raised_at, now.wall - std::chrono::hours(2));
  book.on_duplicate("a", "10.0.0.1", now);
  book.on_unresolved(unresolved(5, "payment"), false, now);
  book.on_duplicate("a", "10.0.0.1", now);
  EXPECT_EQ(news().size(), 1u) << "an alert of long ago hides none of today";
  book.on_request_resolved(request(1), now);
  book.on_request_resolved(request(1), now);
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
  EXPECT_EQ(book.open(AlertKind::payment_unknown), 3u);
}

TEST_F(AlertBookTest, UnclaimedAnswersAreOneAlertUntilEachIsClaimed) {
  book.on_unclaimed({{request(1), "a"}}, now);
  book.on_unclaimed({{request(1), "a"}, {request(2), "a"}, {request(3), "b"}}, now);
  auto told = news();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].alert.kind, AlertKind::unclaimed_answer);
  EXPECT_EQ(told[0].alert.request_id, request(1));
  EXPECT_EQ(told[0].alert.kiosk_id, "a");
  EXPECT_EQ(told[1].alert.amount, 2) << "each answer once";
  EXPECT_EQ(told[1].alert.kiosk_id, "");
  EXPECT_NE(told[1].alert.detail.find(request(3).text() + " (b)"), std::string::npos);
  EXPECT_EQ(severity_of(AlertKind::unclaimed_answer), "critical");
  book.on_claimed(request(2), now);
  book.on_claimed(request(9), now);
  EXPECT_TRUE(news().empty());
  book.on_claimed(request(3), now);
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
  EXPECT_EQ(book.open(AlertKind::unclaimed_answer), 1u);
}

TEST_F(AlertBookTest, ACloneIsOneAlertAnHour) {
  for (int i = 0; i < 100; ++i) {
    book.on_duplicate("a", "10.0.0.1", now);
    pass(seconds(10));
  }
  book.on_duplicate("b", "10.0.0.1", now);
  EXPECT_EQ(news().size(), 2u);
  pass(hours(1));
  book.on_duplicate("a", "10.0.0.2", now);
  EXPECT_EQ(news().size(), 1u);
}

TEST_F(AlertBookTest, TheStore) {
  book.on_store_down("disk full", now);
  book.on_store_down("disk full", now);
  EXPECT_EQ(news().size(), 1u);
  book.on_store_up(now);
  book.on_store_up(now);
  EXPECT_EQ(news().size(), 1u);
  book.on_durability_weak("x", now);
  EXPECT_EQ(news().size(), 1u);
}

TEST_F(AlertBookTest, ACertificateComesNearerToItsEnd) {
  const auto left = [&](int in_days) { return AlertBook::days_left(now.wall + days(in_days), now.wall); };
  EXPECT_EQ(left(31), 0);
  EXPECT_EQ(left(30), 30);
  EXPECT_EQ(left(8), 30);
  EXPECT_EQ(left(7), 7);
  EXPECT_EQ(left(1), 1);
  EXPECT_EQ(left(-1), 1);
  book.on_certificate(AlertBook::Certificate::store, now.wall + days(5), 7, now);
  book.on_certificate(AlertBook::Certificate::own, now.wall + days(6), 7, now);
  const auto told = news();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].alert.days, 7);
  EXPECT_TRUE(sentence_of(told[0].alert).starts_with("Redis' certificate expires at "));
  EXPECT_TRUE(
      sentence_of(told[1].alert).starts_with("The gateway's own certificate (TLS_CERT_FILE) expires at "));
  EXPECT_NE(sentence_of(told[0].alert).find(rfc3339(now.wall + days(5))), std::string::npos);
}

TEST_F(AlertBookTest, TokensAreToldOfTogetherAndOncePerStage) {
  const std::vector<TokenEnd> tokens{{"far", now.wall + days(200)},
                                     {"month", now.wall + days(20)},
                                     {"week", now.wall + days(5)},
                                     {"week2", now.wall + days(6)},
                                     {"gone", now.wall - days(1)}};
  look_at(tokens, std::nullopt);
  auto told = news();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].alert.days, 30);
  EXPECT_EQ(told[0].alert.kiosk_id, "month");
  EXPECT_EQ(told[1].alert.days, 7);
  EXPECT_EQ(told[1].alert.amount, 2);
  EXPECT_EQ(told[1].alert.detail, "week, week2");
  WallTime last = now.wall;
  for (int hour = 0; hour < 4 * 24; ++hour) {
    pass(hours(1));
    look_at(tokens, last);
    last = now.wall;
  }
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.days, 1);
  EXPECT_EQ(told[0].alert.kiosk_id, "week");
}

TEST_F(AlertBookTest, MutedTokensAreLeftOutAndTheNamesAreBounded) {
  AlertSettings settings;
  settings.mutes = {{AlertKind::tokens_expiring, "k01"}};
  book.set(settings);
  std::vector<TokenEnd> tokens;
  for (int i = 1; i <= 30; ++i)
    tokens.push_back({std::string(i < 10 ? "k0" : "k") + std::to_string(i), now.wall + days(3)});
  look_at(tokens, std::nullopt);
  const auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.amount, 29);
  EXPECT_EQ(told[0].alert.detail.substr(0, 8), "k02, k03");
  EXPECT_EQ(told[0].alert.detail.substr(told[0].alert.detail.size() - 8), "k21, ...");
}

TEST_F(AlertBookTest, ASummaryOfTokensEachMonth) {
  now.wall = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 31)) + hours(23);
  const std::vector<TokenEnd> tokens{{"a", now.wall + days(20)}, {"b", now.wall + days(60)}};
  look_at(tokens, now.wall - hours(1));
  EXPECT_TRUE(news().empty());
  const WallTime last = now.wall;
  pass(hours(1));
  look_at(tokens, last);
  const auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.days, 31);
  EXPECT_EQ(told[0].alert.kiosk_id, "a");
}

TEST_F(AlertBookTest, MutedIsListedAndNotTold) {
  AlertSettings settings;
  settings.mutes = {{AlertKind::kiosk_offline, "a"}, {AlertKind::duplicate_connection, ""}};
  book.set(settings);
  for (const char* id : {"a", "b"}) {
    book.on_kiosk_up(id, now);
    book.on_kiosk_down(id, now);
    book.on_duplicate(id, "x", now);
  }
  pass(minutes(5));
  const auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.kiosk_id, "b");
  ASSERT_EQ(book.alerts().size(), 4u);
  EXPECT_TRUE(book.alerts()[0].muted);
  book.on_kiosk_up("a", now);
  EXPECT_TRUE(news().empty());
}

TEST_F(AlertBookTest, QuietHoursHoldBackAllButPayments) {
  AlertSettings settings;
  settings.quiet_from = hours(22);
  settings.quiet_to = hours(7);
  settings.utc_offset = hours(3);
  book.set(settings);
  now.wall = WallTime(days(20'000) + hours(20));  // 23:00 there
  book.on_kiosk_up("a", now);
  book.on_kiosk_down("a", now);
  book.on_kiosk_up("b", now);
  book.on_kiosk_down("b", now);
  pass(minutes(5));
  end("a", ErrorCode::timeout, "payment", Outcome::unknown);
  auto told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].alert.kind, AlertKind::payment_unknown);
  EXPECT_FALSE(book.fresh());
  book.on_kiosk_up("b", now);
  EXPECT_TRUE(book.fresh());
  EXPECT_TRUE(news().empty());
  EXPECT_FALSE(book.fresh()) << "it is held back: nobody need look";
  EXPECT_EQ(book.held_until(now.wall), WallTime(days(20'001) + hours(4)));
  now.wall = *book.held_until(now.wall);
  told = news();
  ASSERT_EQ(told.size(), 1u) << "b is back: nobody need hear of it";
  EXPECT_EQ(told[0].alert.kiosk_id, "a");
  EXPECT_FALSE(book.held_until(now.wall));
}

TEST_F(AlertBookTest, Bounded) {
  for (int i = 0; i < 3; ++i) end("a", ErrorCode::timeout, "payment", Outcome::unknown);
  for (std::size_t i = 0; i < limits::kAlertsMax + 10; ++i) {
    const std::string id = "k" + std::to_string(i);
    book.on_kiosk_up(id, now);
    book.on_kiosk_down(id, now);
  }
  pass(minutes(5));
  EXPECT_EQ(book.alerts().size(), limits::kAlertsMax);
  EXPECT_EQ(book.open(AlertKind::kiosk_offline), limits::kAlertsMax);
  const auto told = news();
  EXPECT_EQ(told.size(), limits::kAlertNewsMax);
  EXPECT_EQ(told[0].alert.kind, AlertKind::payment_unknown) << "money goes last";
  EXPECT_EQ(book.take_dropped(), limits::kAlertsMax + 13 - limits::kAlertNewsMax);
  EXPECT_EQ(book.take_dropped(), 0u);
}

TEST(AlertSettings, AreKeptAsText) {
  AlertSettings settings;
  settings.offline_after = minutes(17);
  settings.flapping_times = 9;
  settings.failing_percent = 55;
  settings.failing_requests = 12;
  settings.device_errors = 7;
  settings.quiet_from = minutes(22 * 60 + 30);
  settings.quiet_to = minutes(7 * 60);
  settings.utc_offset = minutes(-210);
  settings.mutes = {{AlertKind::kiosk_offline, ""}, {AlertKind::kiosk_failing, "shop:1"}};
  EXPECT_EQ(parse_alert_settings(text_of(settings)), settings);
  EXPECT_EQ(parse_alert_settings(""), AlertSettings());
  EXPECT_EQ(parse_alert_settings("offline_after -1\nflapping x\nmute nothing\nmute\nquiet 99999 1 1\nbla\n")
                .mutes.size(),
            0u);
  EXPECT_EQ(parse_alert_settings("offline_after 0\n").offline_after, minutes(5));
}

TEST(AlertSettings, QuietWithinOneDay) {
  AlertSettings settings;
  const WallTime noon(days(20'000) + hours(12));
  EXPECT_FALSE(settings.quiet_until(noon));
  settings.quiet_from = hours(12);
  settings.quiet_to = hours(13);
  EXPECT_EQ(settings.quiet_until(noon), noon + hours(1));
  EXPECT_FALSE(settings.quiet_until(noon + hours(1)));
  EXPECT_FALSE(settings.quiet_until(noon - Milliseconds(1)));
}

TEST_F(AlertBookTest, AReceiverOfCallbacksFailsOnceAndWorksOnce) {
  const std::string pay = "https://pay.example.com";
  book.on_callbacks_failing("shop", pay, "answered 500", now);
  book.on_callbacks_failing("shop", pay, "answered 503", now);
  book.on_callbacks_failing("rival", pay, "", now);
  auto told = news();
  ASSERT_EQ(told.size(), 2u) << "one an owner and endpoint";
  EXPECT_EQ(told[0].alert.kind, AlertKind::callbacks_failing);
  EXPECT_EQ(told[0].alert.detail, "from 'shop' to https://pay.example.com (answered 500)");
  EXPECT_EQ(
      sentence_of(told[0].alert),
      "Callbacks have failed for an hour: from 'shop' to https://pay.example.com (answered 500). They are "
      "tried again for 72 hours: check the receiver.");
  EXPECT_EQ(book.open(AlertKind::callbacks_failing), 2u);
  book.on_callbacks_work("shop", pay, now);
  book.on_callbacks_work("shop", pay, now);
  told = news();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].ended);
  EXPECT_EQ(book.open(AlertKind::callbacks_failing), 1u);
  book.on_callbacks_failing("shop", pay, "no answer in time", now);
  EXPECT_EQ(news().size(), 1u) << "it fails again";
}

}  // namespace
}  // namespace kgw
