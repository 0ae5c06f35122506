#include "wire/send_request.hpp"
#include "wire/kiosk_frame.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "base/limits.hpp"
#include "wire/json_scan.hpp"
#include "wire/websocket.hpp"

namespace kgw {
namespace {

constexpr std::string_view kNames = "Header-Kiosk-Id: kiosk_001\r\nHeader-Operation-Type: payment\r\n";
const RequestId kId = *RequestId::parse("01937a5e-0000-7000-8000-0123456789ab");

struct Request {
  explicit Request(std::string_view fields) : text("POST /send HTTP/1.1\r\nHost: a\r\n") {
    text.append(fields).append("\r\n");
    const auto parsed = parse_http_head(text, head);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
  }
  std::string text;
  HttpHead head;
};

Result<ParsedSend> send(const Request& request, std::string_view body = "{}",
                        const SendSettings& settings = {}) {
  return parse_send(request.head.all(), body, settings);
}
Result<ParsedSend> send_with(std::string_view more, std::string_view body = "{}",
                             const SendSettings& settings = {}) {
  static std::unique_ptr<Request> request;  // lives until the next call, as what is given back points into it
  request = std::make_unique<Request>(std::string(kNames) + std::string(more));
  static std::string kept;
  kept = body;
  return send(*request, kept, settings);
}

void expect_fault(const Result<ParsedSend>& result, ErrorCode code, std::string_view part_of_sentence = "") {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(info(result.error().code).name, info(code).name) << result.error().message;
  EXPECT_NE(result.error().message.find(part_of_sentence), std::string::npos) << result.error().message;
}

std::string payload(std::string_view fields, std::string_view body) {
  const Request request(std::string(kNames) + std::string(fields));
  const auto parsed = send(request, body);
  EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message);
  const auto envelope = compose_envelope(kId, request.head.all(), *parsed);
  EXPECT_TRUE(envelope.has_value());
  EXPECT_TRUE(json_scan(*envelope->text).is_object) << *envelope->text;
  EXPECT_EQ(envelope->body(), parsed->body);
  EXPECT_EQ(body_in(*envelope->text), envelope->body());
  return *envelope->text;
}

TEST(SendRequest, has_defaults) {
  const auto sent = send_with("");
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->kiosk_id, "kiosk_001");
  EXPECT_EQ(sent->operation, "payment");
  EXPECT_EQ(sent->http_method, "POST");
  EXPECT_EQ(sent->timeout, std::chrono::seconds(45));
  EXPECT_EQ(sent->order_id, "");
  EXPECT_EQ(sent->body, "{}");
}

TEST(SendRequest, needs_its_names) {
  expect_fault(send(Request("Header-Operation-Type: payment\r\n")), ErrorCode::missing_header,
               "Header-Kiosk-Id");
  expect_fault(send(Request("Header-Kiosk-Id: a\r\n")), ErrorCode::missing_header, "Header-Operation-Type");
  for (const char* name : {"", "a b", "a/b", "a\xc3\xa9", "a,b",
                           "65characters65characters65characters65characters65characters65char"}) {
    const std::string value(name);
    expect_fault(send(Request("Header-Kiosk-Id: " + value + "\r\nHeader-Operation-Type: a\r\n")),
                 ErrorCode::invalid_header, "Header-Kiosk-Id");
    expect_fault(send(Request("Header-Kiosk-Id: a\r\nHeader-Operation-Type: " + value + "\r\n")),
                 ErrorCode::invalid_header, "Header-Operation-Type");
  }
}

TEST(SendRequest, reads_the_method_and_the_timeout) {
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    EXPECT_EQ(send_with("Header-Http-Method: " + std::string(method) + "\r\n").value().http_method, method);
  EXPECT_EQ(send_with("Header-Http-Method: get\r\n").value().http_method, "GET");
  EXPECT_EQ(send_with("Header-Http-Method: Patch\r\n").value().http_method, "PATCH");
  for (const char* method : {"", "head", "POS", "POSTS", "HEAD", "OPTIONS", "GET POST", "CONNECT"})
    expect_fault(send_with("Header-Http-Method: " + std::string(method) + "\r\n"), ErrorCode::invalid_header,
                 "Header-Http-Method");
  EXPECT_EQ(send_with("Header-Timeout: 1\r\n").value().timeout, std::chrono::seconds(1));
  EXPECT_EQ(send_with("header-TIMEOUT: 300\r\n").value().timeout, std::chrono::seconds(300));
  for (const char* timeout : {"", "0", "301", "-1", "+5", "1.5", "5s", "1e2", "0x10", "5 5",
                              "18446744073709551617", "99999999999999999999999"})
    expect_fault(send_with("Header-Timeout: " + std::string(timeout) + "\r\n"), ErrorCode::invalid_header,
                 "1 to 300");
}

TEST(SendRequest, finds_the_order) {
  EXPECT_EQ(send_with("Header-Order-Id: A 1/2\r\n", "{\"order_id\":5}").value().order_id, "A 1/2");
  EXPECT_EQ(send_with("", "{\"order_id\":1000.10}").value().order_id, "1000.10");
  EXPECT_EQ(send_with("", "{\"order_id\":\"a\\u0041\\\"\"}").value().order_id, "aA\"");
  EXPECT_EQ(send_with("", "{\"order_id\":true}").value().order_id, "true");
  EXPECT_EQ(send_with("", "{\"order_id\":1,\"order_id\":2}").value().order_id, "1");
  for (const char* value : {"null", "{\"a\":1}", "[1]", "\"\""})
    EXPECT_EQ(send_with("", "{\"order_id\":" + std::string(value) + "}").value().order_id, "");
  EXPECT_EQ(send_with("", "{\"a\":{\"order_id\":1}}").value().order_id, "");
  const std::string most(255, 'a');
  EXPECT_EQ(send_with("", "{\"order_id\":\"" + most + "\"}").value().order_id, most);
  EXPECT_EQ(send_with("", "{\"order_id\":\"" + most + "a\"}").value().order_id, "");
  EXPECT_EQ(send_with("", "{\"order_id\":" + std::string(256, '1') + "}").value().order_id, "");
  EXPECT_EQ(send_with("Header-Order-Id: " + most + "\r\n").value().order_id, most);
  expect_fault(send_with("Header-Order-Id: " + most + "a\r\n"), ErrorCode::invalid_header, "Header-Order-Id");
  expect_fault(send_with("Header-Order-Id: \xd0\x9f\r\n"), ErrorCode::invalid_header, "Header-Order-Id");
}

TEST(SendRequest, notes_that_it_prefers_something) {
  EXPECT_TRUE(send_with("Prefer: respond-async, wait=???\r\nPrefer: x\r\n").value().prefers);
  EXPECT_FALSE(send_with("X-Prefer: respond-async\r\n").value().prefers);
}

// PROTOCOL.md 1.4: which one is allowed is not for the parser to say.
TEST(SendRequest, reads_the_callback_url) {
  EXPECT_EQ(send_with("Header-Callback-Url: https://a/b?c\r\n").value().callback_url, "https://a/b?c");
  EXPECT_EQ(send_with("").value().callback_url, "");
  expect_fault(send_with("Header-Callback-Url:\r\n"), ErrorCode::invalid_header, "Header-Callback-Url");
}

TEST(SendRequest, reads_how_long_it_may_wait_for_a_kiosk) {
  const auto wait_of = [](const std::string& value, std::vector<std::string> may) {
    SendSettings settings;
    settings.offline_wait = std::move(may);
    return send_with("Header-Wait-Online: " + value + "\r\n", "{}", settings);
  };
  EXPECT_EQ(wait_of("0", {}).value().wait_online, std::chrono::seconds(0));
  EXPECT_EQ(wait_of("3600", {"kds", "payment"}).value().wait_online, std::chrono::seconds(3600));
  for (const char* const bad : {"3601", "-1", "1.5", "x", ""})
    expect_fault(wait_of(bad, {"payment"}), ErrorCode::invalid_header, "0 to 3600");
  expect_fault(wait_of("1", {"kds", "print"}), ErrorCode::invalid_header,
               "OFFLINE_WAIT_OPERATIONS: kds, print");
  expect_fault(wait_of("1", {}), ErrorCode::invalid_header, "OFFLINE_WAIT_OPERATIONS: none");
}

// PROTOCOL.md 1.3.
TEST(SendRequest, reads_the_idempotency_key) {
  const auto key_of = [](const std::string& field) {
    const auto send = send_with("Idempotency-Key: " + field + "\r\n");
    return send ? std::string(send->idempotency_key) : "fault: " + send.error().message;
  };
  const std::string most(255, 'k');
  EXPECT_EQ(key_of("order-1"), "order-1");
  EXPECT_EQ(key_of("\"order-1\""), "order-1");
  EXPECT_EQ(key_of("\"\"a\"\""), "\"a\"") << "one pair of quotes";
  EXPECT_EQ(key_of("\""), "\"");
  EXPECT_EQ(key_of("a b"), "a b");
  EXPECT_EQ(key_of(most), most);
  EXPECT_EQ(key_of("\"" + most + "\""), most);
  EXPECT_TRUE(send_with("").value().idempotency_key.empty());
  for (const std::string& field : {std::string(), std::string("\"\""), most + "k", std::string("\xc3\xa9")})
    expect_fault(send_with("Idempotency-Key: " + field + "\r\n"), ErrorCode::invalid_header, "Idempotency-Key");

  SendSettings settings;
  settings.keys_required = {"payment"};
  EXPECT_TRUE(send_with("Idempotency-Key: a\r\n", "{}", settings));
  expect_fault(send_with("", "{}", settings), ErrorCode::missing_header, "REQUIRE_IDEMPOTENCY_KEY");
  settings = {};
  settings.keys = false;
  EXPECT_TRUE(send_with("", "{}", settings));
  expect_fault(send_with("Idempotency-Key: a\r\n", "{}", settings), ErrorCode::invalid_header, "JOURNAL=off");
}

// PROTOCOL.md 1.6: of its owner, its id and its operation, at whatever kiosk; for the operations that are
// listed.
TEST(SendRequest, an_order_is_claimed_where_it_may_have_one_request_only) {
  SendSettings settings;
  ParsedSend send;
  send.kiosk_id = "k1";
  send.operation = "payment";
  send.order_id = "42";
  EXPECT_FALSE(order_claim_of(send, "shop", settings));
  settings.unique_orders = {"fiscal", "payment"};
  const auto claim = order_claim_of(send, "shop", settings);
  ASSERT_TRUE(claim);
  ParsedSend other = send;
  other.kiosk_id = "k2";
  other.body = R"({"sum":1})";
  EXPECT_EQ(order_claim_of(other, "shop", settings), claim);
  EXPECT_NE(order_claim_of(send, "rival", settings), claim);
  other.operation = "fiscal";
  EXPECT_NE(order_claim_of(other, "shop", settings), claim);
  other.operation = "print";
  EXPECT_FALSE(order_claim_of(other, "shop", settings));
  other = send;
  other.order_id = "2";
  EXPECT_NE(order_claim_of(other, "shop4", settings), claim) << "no text runs into the next";
  other.order_id.clear();
  EXPECT_FALSE(order_claim_of(other, "shop", settings));
}

// Whoever asks the same has the same claim, and nobody else.
TEST(SendRequest, a_claim_is_of_owner_key_and_request) {
  ParsedSend send;
  send.kiosk_id = "k1";
  send.operation = "payment";
  send.http_method = "POST";
  send.body = R"({"sum":1})";
  EXPECT_FALSE(claim_of(send, "shop"));
  send.idempotency_key = "a";
  const KeyClaim claim = *claim_of(send, "shop");
  EXPECT_EQ(claim_of(send, "shop")->key, claim.key);
  EXPECT_EQ(claim_of(send, "shop")->request, claim.request);
  EXPECT_EQ(claimed_key("shop", "a"), claim.key);
  EXPECT_NE(claim_of(send, "shop2")->key, claim.key);
  EXPECT_EQ(claim_of(send, "shop2")->request, claim.request);
  EXPECT_NE(claimed_key("sho", "pa"), claim.key) << "no text runs into the next";
  for (std::string_view ParsedSend::*const member :
       {&ParsedSend::kiosk_id, &ParsedSend::operation, &ParsedSend::http_method, &ParsedSend::body}) {
    ParsedSend other = send;
    other.*member = "x";
    EXPECT_NE(claim_of(other, "shop")->request, claim.request);
    EXPECT_EQ(claim_of(other, "shop")->key, claim.key);
  }
  ParsedSend moved = send;
  moved.operation = "paymentPOST";
  moved.http_method = "";
  EXPECT_NE(claim_of(moved, "shop")->request, claim.request);
}

TEST(SendRequest, refuses_repeated_and_unprintable_headers) {
  for (const char* name :
       {"Header-Kiosk-Id", "header-operation-type", "Header-Foo", "X-Request-Id", "Traceparent", "Content-Type",
        "Header-Callback-Url", "Authorization", "Idempotency-Key"}) {
    std::string fields = std::string(name).append(": a\r\n");
    fields += "hEAD: x\r\n" + fields;
    expect_fault(send_with(fields), ErrorCode::invalid_header, "more than once");
  }
  EXPECT_TRUE(send_with("Accept: a\r\nAccept: b\r\n").has_value());
  for (const char* value : {"\xc3\xa9", "a\tb", "\xff"}) {
    expect_fault(send_with("Header-Foo: " + std::string(value) + "\r\n"), ErrorCode::invalid_header,
                 "Header-Foo");
    expect_fault(send_with("X-Request-Id: " + std::string(value) + "\r\n"), ErrorCode::invalid_header,
                 "X-Request-Id");
    EXPECT_TRUE(send_with("User-Agent: " + std::string(value) + "\r\n").has_value());
  }
}

TEST(SendRequest, checks_the_media_type) {
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", "application/json ;x=y", "application/json;",
        "application/vnd.api+json", "application/problem+json; charset=utf-8", "Application/X.Y-1+JSON"})
    EXPECT_TRUE(send_with("Content-Type: " + std::string(type) + "\r\n").has_value()) << type;
  for (const char* type : {"", "text/plain", "application/jsonp", "application/json, text/plain",
                           "application/+json", "application/json+xml", "text/a+json", "application/a b+json",
                           "application/a/b+json", "application/x+jsonp", "application/x-www-form-urlencoded",
                           "application", "text/plain; application/json"})
    expect_fault(send_with("Content-Type: " + std::string(type) + "\r\n"), ErrorCode::unsupported_media_type);
}

TEST(SendRequest, checks_the_body) {
  EXPECT_EQ(send_with("", "").value().body, "{}");
  const std::string_view odd =
      "{\"a\":1000.10,\"a\":1E400,\"b\":-0,\"c\":12345678901234567890,\"d\":\"\\ud800\\u00e9\"}\n";
  EXPECT_EQ(send_with("", odd).value().body, odd);
  expect_fault(send_with("", "{\"a\":NaN}"), ErrorCode::invalid_json, "byte 5");
  expect_fault(send_with("", " "), ErrorCode::invalid_json, "byte 1");
  EXPECT_EQ(send_with("", "\xef\xbb\xbf{\"a\":1}").value().body, "{\"a\":1}");
  EXPECT_EQ(send_with("", "\xef\xbb\xbf").value().body, "{}");
  expect_fault(send_with("", "\xef\xbb\xbf{\"a\":NaN}"), ErrorCode::invalid_json, "byte 8");
  expect_fault(send_with("", "\xef\xbb\xbf\xef\xbb\xbf{}"), ErrorCode::invalid_json, "byte 3: byte order mark");
  expect_fault(send_with("", " \xef\xbb\xbf{}"), ErrorCode::invalid_json, "byte 1");
  for (const char* text : {"[]", "1", "null", "\"{}\""})
    expect_fault(send_with("", text), ErrorCode::invalid_json, "not an object");
  expect_fault(send_with("", "{}{}"), ErrorCode::invalid_json, "byte 2");
  expect_fault(send_with("", std::string(100'000, '[')), ErrorCode::invalid_json, "byte 64");
  expect_fault(send_with("", "{\"a\":\"" + std::string(limits::kBodyBytesMax, 'a') + "\"}"),
               ErrorCode::payload_too_large);
}

TEST(KioskFrame, is_what_the_protocol_shows) {
  EXPECT_EQ(
      payload("", R"({"order_id":12345,"sum":1000.10})"),
      R"({"request_id":"01937a5e-0000-7000-8000-0123456789ab","headers":{"header-kiosk-id":"kiosk_001",)"
      R"("header-operation-type":"payment","header-http-method":"POST"},"body":{"order_id":12345,"sum":1000.10}})");
  EXPECT_EQ(payload("HEADER-HTTP-METHOD: GET\r\n", ""),
            R"({"request_id":"01937a5e-0000-7000-8000-0123456789ab","headers":{"header-kiosk-id":"kiosk_001",)"
            R"("header-operation-type":"payment","header-http-method":"GET"},"body":{}})");
  EXPECT_NE(payload("Header-Http-Method: delete\r\n", "").find(R"("header-http-method":"DELETE")"),
            std::string::npos)
      << "as kiosks know it";
}

TEST(KioskFrame, forwards_what_it_must_and_no_credential) {
  const std::string text = payload(
      "Header-Foo-BAR: a\"\\b\r\nX-Request-Id: r1\r\nTraceParent: "
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nContent-Type: application/json; "
      "charset=\"utf-8\"\r\n"
      "Header-Empty:\r\nHeader-: nameless\r\nAuthorization: Bearer SECRET\r\nCookie: SECRET\r\nX-Api-Key: "
      "SECRET\r\nProxy-Authorization: SECRET\r\n"
      "Accept: z\r\nX-Header-Foo: SECRET\r\nHeaderx: SECRET\r\n",
      "{}");
  EXPECT_NE(text.find(R"("header-foo-bar":"a\"\\b")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("x-request-id":"r1")"), std::string::npos);
  EXPECT_NE(text.find(R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")"),
            std::string::npos);
  EXPECT_NE(text.find(R"("content-type":"application/json; charset=\"utf-8\"")"), std::string::npos);
  EXPECT_NE(text.find(R"("header-empty":"")"), std::string::npos);
  EXPECT_EQ(text.find("SECRET"), std::string::npos) << text;
  EXPECT_EQ(text.find("accept"), std::string::npos);
  EXPECT_EQ(text.find("host"), std::string::npos);
}

TEST(KioskFrame, never_bears_the_callback_url) {
  const Request request(std::string(kNames) + "Header-Callback-Url: https://SECRET\r\nIdempotency-Key: k1\r\n");
  ParsedSend parsed;  // as it will be once these headers are supported
  parsed.http_method = "POST";
  parsed.body = "{}";
  const std::string text = *compose_envelope(kId, request.head.all(), parsed)->text;
  EXPECT_EQ(text.find("SECRET"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("idempotency-key":"k1")"), std::string::npos) << text;
}

TEST(KioskFrame, is_bounded_to_the_byte) {
  const Request request((std::string(kNames)));
  const std::size_t around = payload("", "{}").size() - 2;
  const auto compose = [&](std::size_t body_bytes) {
    const std::string body = "{\"a\":\"" + std::string(body_bytes - 8, 'a') + "\"}";
    const auto parsed = send(request, body);
    EXPECT_TRUE(parsed.has_value());
    return compose_envelope(kId, request.head.all(), *parsed);
  };
  const auto largest = compose(limits::kFrameBytesMax - around);
  ASSERT_TRUE(largest.has_value());
  EXPECT_EQ(largest->text->size(), limits::kFrameBytesMax);
  const auto over = compose(limits::kFrameBytesMax - around + 1);
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code, ErrorCode::payload_too_large);
}

TEST(KioskFrame, needs_no_second_allocation_for_its_text) {
  const Request request(std::string(kNames) + "Header-Foo: " + std::string(1000, '"') + "\r\n");
  const std::string body = "{\"a\":\"" + std::string(5000, 'a') + "\"}";
  const auto envelope = compose_envelope(kId, request.head.all(), send(request, body).value());
  EXPECT_LT(envelope->text->capacity(), envelope->text->size() + 64);  // reserved once, not doubled
}

TEST(ErrorBody, leaves_out_what_is_not_known) {
  EXPECT_EQ(error_body(ErrorCode::invalid_header, "No \"x\".", "", {}),
            R"({"status":"error","error":"invalid_header","message":"No \"x\".","safe_to_retry":true})");
  const std::string full = error_body(ErrorCode::kiosk_offline, "", "kiosk_001", kId);
  EXPECT_TRUE(json_scan(full).is_object);
  EXPECT_NE(full.find(info(ErrorCode::kiosk_offline).sentence), std::string::npos);
  EXPECT_TRUE(full.ends_with(R"(,"kiosk_id":"kiosk_001","request_id":"01937a5e-0000-7000-8000-0123456789ab"})"))
      << full;
}

}  // namespace
}  // namespace kgw
