// What the agent says over v2: read as the gateway reads it.
#include "agent/execution/messages_v2.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "wire/kiosk_v2/read.hpp"

namespace kgw {
namespace {

constexpr const char* kIdText = "01937a5e-0000-7000-8000-0123456789ab";
constexpr const char* kOtherText = "5f0c3b1e-7d2a-4c7e-9a51-0e8f6f1c2d3b";

// The message as the gateway reads it; a T that is empty, and a failed test, if it is another one.
template <class T>
T read(const kiosk_v2::ReadFromAgent& text) {
  const auto* const message = std::get_if<kiosk_v2::FromAgent>(&text);
  const T* const found = message ? std::get_if<T>(message) : nullptr;
  EXPECT_NE(found, nullptr);
  return found ? *found : T{};
}

TEST(MessagesV2, ResumeSaysWhatIsHeld) {
  Routes routes;
  ASSERT_TRUE(routes.add("payment=http://127.0.0.1:9001/payment", std::chrono::seconds(30)));
  const std::string text = v2_resume("disk", {{kIdText}, {kOtherText}, {"42", kIdText}}, routes);
  const auto resume = read<kiosk_v2::Resume>(kiosk_v2::read_from_agent(text));
  EXPECT_EQ(resume.outbox_id, "disk");
  EXPECT_EQ(resume.accepted, std::vector{*RequestId::parse(kIdText)});
  EXPECT_EQ(resume.executing, std::vector{*RequestId::parse(kOtherText)});
  EXPECT_EQ(resume.finished, std::vector{*RequestId::parse(kIdText)}) << "the other one is of another gateway";
  EXPECT_EQ(resume.agent_version, KGW_VERSION);
  ASSERT_EQ(resume.routes.size(), 1U);
  EXPECT_EQ(resume.routes[0].operation, "payment");
  EXPECT_EQ(resume.routes[0].concurrency, 1U);
  EXPECT_EQ(resume.routes[0].timeout, std::chrono::seconds(30));
}

TEST(MessagesV2, AResultSaysHowItIsKnown) {
  const std::string response = R"({"a" : 1.0})";
  const auto how = [&](ResultKind kind) {
    const std::string text = v2_result({kIdText, response, kind});
    const auto result = read<kiosk_v2::KioskResult>(kiosk_v2::read_from_agent(text));
    EXPECT_EQ(result.request_id.text(), kIdText);
    EXPECT_EQ(result.response, response) << "byte for byte";
    return result.how;
  };
  EXPECT_EQ(how(ResultKind::answer), kiosk_v2::ResultHow::answer);
  EXPECT_EQ(how(ResultKind::declined), kiosk_v2::ResultHow::answer);
  EXPECT_EQ(how(ResultKind::lookup), kiosk_v2::ResultHow::lookup);
  EXPECT_EQ(how(ResultKind::interrupted), kiosk_v2::ResultHow::interrupted);
}

TEST(MessagesV2, WhatCannotBeSentIsSaidToBeSo) {
  std::string deep = "1";
  for (int i = 0; i < 64; ++i) deep = "{\"a\":" + deep + "}";
  for (const std::string& response : {deep, "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"}) {
    const std::string text = v2_result({kIdText, response, ResultKind::lookup});
    const auto result = read<kiosk_v2::KioskResult>(kiosk_v2::read_from_agent(text));
    EXPECT_NE(result.response.find("invalid_response"), std::string_view::npos) << result.response;
  }
}

TEST(MessagesV2, AV1MessageInAResult) {
  const std::string text = v2_of_v1(R"({"request_id":")" + std::string(kIdText) + R"(","status":"error"})");
  const auto result = read<kiosk_v2::KioskResult>(kiosk_v2::read_from_agent(text));
  EXPECT_EQ(result.request_id.text(), kIdText);
  EXPECT_NE(result.response.find("\"status\":\"error\""), std::string_view::npos);
  EXPECT_EQ(v2_of_v1("[]"), "[]");
}

TEST(MessagesV2, Accepted) {
  const std::string text = v2_accepted(kIdText);
  EXPECT_EQ(read<kiosk_v2::Accepted>(kiosk_v2::read_from_agent(text)).request_id.text(), kIdText);
}

}  // namespace
}  // namespace kgw
