#include "agent/execution/kiosk_request.hpp"

#include <gtest/gtest.h>

#include "agent/execution/local_answer.hpp"
#include "agent/routes/routes.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

std::string message(std::string_view method, std::string_view body) {
  return R"({"request_id":"r-1","headers":{"header-operation-type":"payment","header-http-method":")" +
         std::string(method) + R"("},"body":)" + std::string(body) + "}";
}

Route route_to(std::string url) {
  Route route;
  route.url = std::move(url);
  return route;
}

TEST(KioskRequest, TakesTheBodyByteForByte) {
  const std::string text = message("POST", R"({ "sum":1000.10,"big":12345678901234567890,"s":"\u0041" })");
  const auto request = parse_kiosk_request(text);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->fault, "");
  EXPECT_EQ(request->id, "r-1");
  EXPECT_EQ(request->operation, "payment");
  const OutboundRequest call = *local_call(*request, route_to("http://x/p"));
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "http://x/p");
  EXPECT_EQ(call.body, R"({ "sum":1000.10,"big":12345678901234567890,"s":"\u0041" })");
  EXPECT_TRUE(call.own_connection) << "curl would send a payment again on a kept connection that died";
}

TEST(KioskRequest, AGetsBodyBecomesAQuery) {
  const std::string text =
      message("GET", R"({"a":1000.10,"b":"x y&\u00e9","c":null,"d":true,"e":[1,"z"],"f":{}})");
  const auto request = parse_kiosk_request(text);
  ASSERT_TRUE(request);
  const OutboundRequest call = *local_call(*request, route_to("http://x/p"));
  EXPECT_EQ(call.method, "GET");
  EXPECT_EQ(call.url, "http://x/p?a=1000.10&b=x%20y%26%C3%A9&d=true&e=%5B1%2C%22z%22%5D&f=%7B%7D");
  EXPECT_EQ(call.body, "");
  EXPECT_EQ(local_call(*request, route_to("http://x/p?k=1"))->url.substr(0, 23), "http://x/p?k=1&a=1000.1");
}

TEST(KioskRequest, MessagesThatAreNoRequest) {
  for (const char* text :
       {"", "[]", "{", R"({"type":"pong"})", R"({"request_id":"a"})", R"({"request_id":1,"headers":{}})",
        R"({"request_id":"a","request_id":"b","headers":{},"body":{}})",
        R"({"request_id":"","headers":{},"body":{}})"})
    EXPECT_FALSE(parse_kiosk_request(text)) << text;
  const std::string long_id = R"({"request_id":")" + std::string(256, 'x') + R"(","headers":{},"body":{}})";
  EXPECT_FALSE(parse_kiosk_request(long_id));
}

TEST(KioskRequest, RequestsThatCantBeCarriedOutSayWhy) {
  for (
      const char* text :
      {R"({"request_id":"a","body":{}})", R"({"request_id":"a","headers":[],"body":{}})",
       R"({"request_id":"a","headers":{},"body":{}})",
       R"({"request_id":"a","headers":{"header-operation-type":5}})",
       R"({"request_id":"a","headers":{"header-operation-type":"p","header-operation-type":"q"},"body":{}})",
       R"({"request_id":"a","headers":{"header-operation-type":"p"},"body":{},"body":{}})",
       R"({"request_id":"a","headers":{"header-operation-type":"p","header-http-method":"GET / HTTP/1.1\r\nX:"},"body":{}})"}) {
    const auto request = parse_kiosk_request(text);
    ASSERT_TRUE(request) << text;
    EXPECT_NE(request->fault, "") << text;
  }
}

OutboundAnswer http(unsigned status, std::string body) {
  OutboundAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

TEST(LocalAnswer, PassesAnObjectAndTellsOfErrors) {
  const auto error_of = [](const OutboundAnswer& answer) {
    const LocalResult result = answer_of("r", "http://x", answer);
    return result.error ? std::string(wire_name(*result.error)) : v1_answer("r", result.response);
  };
  EXPECT_EQ(error_of(http(200, R"({"sum":1.10})")), R"({"request_id":"r","sum":1.10})");
  EXPECT_EQ(error_of(http(200, "\xef\xbb\xbf{\"sum\":1.10}")), R"({"request_id":"r","sum":1.10})");
  EXPECT_EQ(error_of(http(201, "[]")), "invalid_response");
  EXPECT_EQ(error_of(http(200, "")), "invalid_response");
  EXPECT_EQ(error_of(http(200, "{\"a\":\"\xff\"}")), "invalid_response");
  EXPECT_EQ(error_of(http(500, "{}")), "http_error");
  EXPECT_EQ(error_of(http(302, "{}")), "http_error");
  EXPECT_EQ(error_of(http(200, "{\"a\":\"" + std::string(limits::kFrameBytesMax - 10, 'x') + "\"}")),
            "invalid_response");
  OutboundAnswer trouble;
  trouble.trouble = OutboundAnswer::Trouble::refused;
  EXPECT_EQ(error_of(trouble), "connection_refused");
  trouble.trouble = OutboundAnswer::Trouble::timed_out;
  EXPECT_EQ(error_of(trouble), "timeout");
  trouble.trouble = OutboundAnswer::Trouble::too_large;
  EXPECT_EQ(error_of(trouble), "invalid_response");
  trouble.trouble = OutboundAnswer::Trouble::other;
  EXPECT_EQ(error_of(trouble), "http_error");
}

TEST(LocalAnswer, AnErrorIsJsonWhateverTheServiceSaid) {
  const LocalResult result = answer_of("r", "http://x", http(500, "\"\xff\n" + std::string(5000, 'y')));
  EXPECT_TRUE(result.response.starts_with(R"({"status":"error","error":"http_error","message":")"));
  EXPECT_TRUE(result.response.ends_with(R"(,"http_status":500})"));
  EXPECT_LT(result.response.size(), 1000U);
  EXPECT_EQ(result.response.find('\n'), std::string::npos);
}

TEST(Routes, TellGoodFromBad) {
  Routes routes;
  EXPECT_TRUE(routes.add("payment=http://127.0.0.1:9001/payment?a=b"));
  EXPECT_TRUE(routes.add("kds=https://kitchen/"));
  ASSERT_TRUE(routes.find("payment"));
  EXPECT_EQ(routes.find("payment")->url, "http://127.0.0.1:9001/payment?a=b");
  EXPECT_EQ(routes.find("payment")->concurrency, 1U);
  EXPECT_GT(routes.find("kds")->concurrency, 1U);
  EXPECT_FALSE(routes.find("fiscal"));
  EXPECT_EQ(routes.operations(), "kds, payment");
  for (const char* bad : {"", "payment", "=http://x", "payment=http://y", "a b=http://x", "p=ftp://x",
                          "p=http://", "p=http:///x", "p=http://a b", "p=127.0.0.1:9001"})
    EXPECT_FALSE(routes.add(bad)) << bad;
}

TEST(KioskRequest, SaysHowLongItsAnswerIsWaitedForAndWhoseOrderItIs) {
  const auto parsed = [](const std::string& headers, const std::string& rest) {
    return *parse_kiosk_request(R"({"request_id":"a","headers":{"header-operation-type":"p")" + headers + "}" +
                                rest + "}");
  };
  EXPECT_FALSE(parsed("", "").time_left);
  EXPECT_EQ(parsed(R"(,"header-timeout":"90")", "").time_left, Milliseconds(90'000));
  EXPECT_EQ(parsed(R"(,"header-timeout":"90")", R"(,"deadline_ms":1500)").time_left, Milliseconds(1'500));
  EXPECT_FALSE(parsed(R"(,"header-timeout":"soon")", "").time_left);
  EXPECT_EQ(parsed("", R"(,"body":{"order_id":17})").order_id, "17");
  EXPECT_EQ(parsed(R"(,"header-order-id":"A/1")", R"(,"body":{"order_id":17})").order_id, "A/1");
  EXPECT_EQ(parsed("", R"(,"body":{"order_id":[1]})").order_id, "");
  EXPECT_EQ(parsed("", R"(,"dedupe_id":"d1")").dedupe_id, "d1");
}

TEST(KioskRequest, AsksTheDeviceAboutThisRequestAndNoOther) {
  DeviceQuestion question;
  question.url = "http://x/{operation}/{order_id}?id={request_id}";
  const std::string with = message("POST", R"({"order_id":"A/1 ü"})");
  const std::string without = message("POST", "{}");
  const auto call = question_call(*parse_kiosk_request(with), question);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->url, "http://x/payment/A%2F1%20%C3%BC?id=r-1");
  EXPECT_EQ(call->method, "GET");
  EXPECT_EQ(call->body, "");
  EXPECT_FALSE(question_call(*parse_kiosk_request(without), question)) << "no order to ask about";
}

}  // namespace
}  // namespace kgw
