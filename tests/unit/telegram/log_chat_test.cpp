#include "telegram/log_chat.hpp"

#include <gtest/gtest.h>

#include "alerts/failing_devices.hpp"
#include "telegram/text.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {
namespace {

class LogChatTest : public ::testing::Test {
 protected:
  LogChat chat;
  Instant now{std::chrono::hours(1)};

  Reply reply(std::uint8_t n, const std::string& operation, std::optional<ErrorCode> error,
              const std::string& answer = "{}") {
    Reply made;
    made.id.bytes[0] = 1;
    made.id.bytes[15] = n;
    made.order = share(Order{"till<1>", operation, {}, {}});
    made.error = error;
    made.outcome = error ? Outcome::unknown : Outcome::known;
    if (!error) made.answer = share(answer);
    made.began = now;
    made.answered = now + std::chrono::milliseconds(1240);
    return made;
  }
  std::string take() { return chat.take(now).value_or("(nothing)"); }
};

TEST_F(LogChatTest, LineByLineWhileThereIsLittle) {
  EXPECT_FALSE(chat.next_time());
  chat.on_connected("till<1>", "10.0.0.1");
  Reply paid = reply(1, "payment", std::nullopt, R"({"status":"success","rrn":"77"})");
  paid.result = AnswerResult::success;
  chat.on_ended(paid);
  chat.on_ended(reply(2, "fiscal", ErrorCode::timeout));
  EXPECT_EQ(chat.next_time(), Instant());
  const std::string html = take();
  EXPECT_NE(html.find("till&lt;1&gt;</b> connected, 10.0.0.1"), std::string::npos) << html;
  EXPECT_NE(html.find("✅ 💳 <b>till&lt;1&gt;</b> payment → success: status=success rrn=77 (1.2 s)"),
            std::string::npos)
      << html;
  EXPECT_EQ(html.find("🔴"), 0U) << "what went wrong stands first: " << html;
  EXPECT_TRUE(chat.empty());
}

// By its sign and by a word: a decline looks like no success, a device's error like neither, and it is trouble.
TEST_F(LogChatTest, WhatAnAnswerSays) {
  const struct {
    AnswerResult result;
    const char* line;
  } cases[] = {
      {AnswerResult::success, "✅ 🧾 <b>till&lt;1&gt;</b> fiscal → success"},
      {AnswerResult::declined, "🚫 🧾 <b>till&lt;1&gt;</b> fiscal → declined"},
      {AnswerResult::failed, "⚠️ 🧾 <b>till&lt;1&gt;</b> fiscal → device not reached"},
      {AnswerResult::error, "⚠️ 🧾 <b>till&lt;1&gt;</b> fiscal → device error"},
      {AnswerResult::unknown, "🔴 🧾 <b>till&lt;1&gt;</b> fiscal → outcome unknown"},
      {AnswerResult::unclassified, "💬 🧾 <b>till&lt;1&gt;</b> fiscal → answered"},
  };
  for (const auto& one : cases) {
    Reply made = reply(1, "fiscal", std::nullopt);
    made.result = one.result;
    made.outcome = outcome_of(one.result);
    chat.on_ended(made);
    const std::string html = take();
    now += LogChat::kGap;
    EXPECT_EQ(html.find(one.line), 0U) << html;
    EXPECT_EQ(html.find("<code>") != std::string::npos, says_device_fails(one.result)) << "trouble has its id";
    chat.on_late_answer({made.id, "k", made.outcome, one.result});
    EXPECT_NE(take().find(words_of(one.result).en), std::string::npos);
    now += LogChat::kGap;
  }
}

TEST_F(LogChatTest, NotMoreOftenThanItMay) {
  chat.on_connected("a", "x");
  take();
  chat.on_connected("b", "x");
  EXPECT_EQ(take(), "(nothing)");
  EXPECT_EQ(chat.next_time(), now + LogChat::kGap);
  now += LogChat::kGap;
  EXPECT_NE(take().find("<b>b</b>"), std::string::npos);
}

TEST_F(LogChatTest, UnderLoadItCounts) {
  for (int i = 0; i < 3000; ++i) chat.on_ended(reply(1, "payment", std::nullopt));
  for (int i = 0; i < 100; ++i) chat.on_ended(reply(1, "payment", ErrorCode::timeout));
  const std::string html = take();
  EXPECT_EQ(html.find("➕ more: payments 3070 (85 failed)"), 0U) << html;
  EXPECT_LE(utf16_units(html), kMessageUnitsMax);
  EXPECT_TRUE(chat.empty());
}

TEST_F(LogChatTest, ALevelForEachTopic) {
  LogDepths depths = chat.depths();
  depths[static_cast<std::size_t>(LogTopic::kds)] = LogDepth::off;
  depths[static_cast<std::size_t>(LogTopic::print)] = LogDepth::errors;
  EXPECT_EQ(parse_log_depths(text_of(depths)), depths);
  chat.set(depths);
  chat.on_ended(reply(1, "kds", ErrorCode::timeout));
  chat.on_ended(reply(1, "print", std::nullopt));
  EXPECT_TRUE(chat.empty());
  chat.on_ended(reply(1, "print", ErrorCode::timeout));
  EXPECT_FALSE(chat.empty());
  EXPECT_EQ(parse_log_depths("kds nothing\nx y z"), LogChat().depths());
}

TEST_F(LogChatTest, SpeaksRussian) {
  chat.set_language(Language::ru);
  for (int i = 0; i < 20; ++i) chat.on_ended(reply(1, "print", std::nullopt));
  EXPECT_EQ(take().find("➕ ещё: печать 5"), 0U);
}

}  // namespace
// A repeated Idempotency-Key, again and again, takes nothing from those that come after it.
TEST_F(LogChatTest, WhatWasWithdrawnIsForgotten) {
  AcceptedRecord record;
  record.order = share(Order{"till", "payment", {}, {}});
  record.envelope = Envelope{share(R"({"order_id":7}})"), 0};
  record.id.bytes[0] = 1;
  for (int i = 0; i < 100'000; ++i) {
    record.id.bytes[13] = static_cast<std::uint8_t>(i >> 16);
    record.id.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    record.id.bytes[15] = static_cast<std::uint8_t>(i);
    chat.on_accepted(record);
    chat.on_withdrawn(record.id);
  }
  chat.on_accepted(record);
  Reply last = reply(1, "payment", std::nullopt);
  last.id = record.id;
  chat.on_ended(last);
  EXPECT_NE(take().find("order_id=7"), std::string::npos);
}

}  // namespace kgw::telegram
