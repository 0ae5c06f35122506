// What the gateway says: composed and read as the same value, bodies untouched, nothing that matters passed
// over.
#include <gtest/gtest.h>

#include "kiosk_v2_texts.hpp"
#include "wire/kiosk_frame.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/compose.hpp"
#include "wire/kiosk_v2/read.hpp"

namespace kgw::kiosk_v2 {
namespace {

Request read_request(const std::string& text) {
  const ReadFromGateway read = read_from_gateway(text);
  const FromGateway* const message = std::get_if<FromGateway>(&read);
  const Request* const request = message ? std::get_if<Request>(message) : nullptr;
  EXPECT_NE(request, nullptr) << text.substr(0, 300);
  return request ? *request : Request{};
}

Request payment() {
  Request request;
  request.request_id = kId;
  request.deadline = Milliseconds(44'000);
  request.headers = R"({"header-operation-type":"payment"})";
  request.body = R"({ "sum" : 1.00 })";
  return request;
}

TEST(KioskV2FromGateway, is_read_as_it_was_composed) {
  Request again = payment();
  again.attempt = 2;
  again.dedupe_id = "d0";
  again.require = {"fiscal", "print"};
  struct Case {
    FromGateway message;
    std::string_view text;
  };
  const Case cases[] = {
      {Hello{"node-1", "0.1.0", Milliseconds(20'000)},
       "{'type':'hello','node':'node-1','version':'0.1.0','ping_interval_ms':20000}"},
      {payment(),
       "{'type':'request','deadline_ms':44000,'attempt':1,'request_id':'@',"
       "'headers':{'header-operation-type':'payment'},'body':{ 'sum' : 1.00 }}"},
      {again,
       "{'type':'request','deadline_ms':44000,'attempt':2,'dedupe_id':'d0','require':['fiscal','print'],"
       "'request_id':'@','headers':{'header-operation-type':'payment'},'body':{ 'sum' : 1.00 }}"},
      {Stored{kId}, "{'type':'stored','request_id':'@'}"},
      {Cancel{kId}, "{'type':'cancel','request_id':'@'}"},
      {LookUp{kId}, "{'type':'lookup','request_id':'@'}"},
      {Diagnose{"d1"}, "{'type':'diagnose','id':'d1'}"},
      {Drain{Milliseconds(2500)}, "{'type':'drain','reconnect_after_ms':2500}"},
      {EventStored{"e1"}, "{'type':'stored','event_id':'e1'}"},
  };
  for (const Case& c : cases) {
    const auto text = compose(c.message);
    ASSERT_TRUE(text) << c.text;
    EXPECT_EQ(*text, full(c.text));
    EXPECT_EQ(read_from_gateway(*text), ReadFromGateway(c.message)) << *text;
  }
}

TEST(KioskV2FromGateway, a_head_before_an_envelope_is_a_request) {
  ParsedSend send;
  send.http_method = "POST";
  send.body = "{ \"sum\":1 }";
  const auto envelope = compose_envelope(kId, {}, send);
  ASSERT_TRUE(envelope);
  Request request = payment();
  request.attempt = 3;
  request.dedupe_id = std::string(64, 'd');
  request.require.assign(kRequireMax, std::string(64, 'r'));
  const std::string head = request_head(request);
  EXPECT_LE(head.size(), kRequestHeadBytesMax);
  request.headers = R"({"header-http-method":"POST"})";
  request.body = send.body;
  const std::string text = head + envelope->text->substr(1);
  EXPECT_EQ(read_request(text), request);
}

TEST(KioskV2FromGateway, a_body_is_any_value_byte_for_byte) {
  for (const std::string_view body : {"null", "[ ]", "\"\\u0041\"", "-0.0e+1", "{\"a\":1,\"a\":2}"}) {
    Request request = payment();
    request.body = body;
    const auto text = compose(request);
    ASSERT_TRUE(text);
    EXPECT_EQ(read_request(*text).body, body);
  }
}

TEST(KioskV2FromGateway, a_request_is_read_with_what_an_older_gateway_leaves_out) {
  const std::string text =
      full("{'type':'request','request_id':'@','deadline_ms':1,'headers':{},'body':{},'new':[]}");
  const Request request = read_request(text);
  EXPECT_EQ(request.attempt, 1U);
  EXPECT_TRUE(request.dedupe_id.empty() && request.require.empty());
  const std::string late = full(
      "{'type':'request','request_id':'@','deadline_ms':99999999999999999999,'attempt':4294967297,"
      "'headers':{},'body':{}}");
  EXPECT_EQ(read_request(late).deadline, kTimeMax);
  EXPECT_EQ(read_request(late).attempt, kAttemptMax);
  EXPECT_EQ(read_from_gateway("{\"type\":\"hello\"}"), ReadFromGateway(FromGateway(Hello{})));
  EXPECT_EQ(read_from_gateway("{\"type\":\"drain\"}"), ReadFromGateway(FromGateway(Drain{})));
}

TEST(KioskV2FromGateway, types_of_a_later_version_are_ignored) {
  for (const char* type : {"weather", "pong", "Request", "accepted", "result", ""})
    EXPECT_EQ(read_from_gateway("{\"type\":\"" + std::string(type) + "\",\"request_id\":7}"),
              ReadFromGateway(Ignored{type}));
}

TEST(KioskV2FromGateway, that_says_nothing_reliable_is_broken) {
  const std::vector<RequestId> none, one{kId};
  std::string many = "{'type':'request','request_id':'@','deadline_ms':1,'headers':{},'body':{},'require':[";
  for (std::size_t i = 0; i <= kRequireMax; ++i) many += "'r',";
  many.back() = ']';
  many += '}';
  struct Case {
    std::string text;
    const char* why;
    std::vector<RequestId> named;
  };
  const std::string request = "{'type':'request','request_id':'@','deadline_ms':1,'headers':{},'body':{}";
  const Case cases[] = {
      {"{'type':'request','request_id':'@','headers':{},'body':{}}", "'deadline_ms' is missing", one},
      {"{'type':'request','request_id':'@','deadline_ms':'1','headers':{},'body':{}}",
       "'deadline_ms' is not a number", one},
      {"{'type':'request','request_id':'@','deadline_ms':1e3,'headers':{},'body':{}}",
       "'deadline_ms' is not a whole number", one},
      {"{'type':'request','request_id':'@','deadline_ms':1,'body':{}}", "'headers' is missing", one},
      {"{'type':'request','request_id':'@','deadline_ms':1,'headers':[],'body':{}}",
       "'headers' is not an object", one},
      {"{'type':'request','request_id':'@','deadline_ms':1,'headers':{}}", "'body' is missing", one},
      {"{'type':'request','deadline_ms':1,'headers':{},'body':{}}", "'request_id' is missing", none},
      {request + ",'body':{}}", "'body' stands twice", one},
      {request + ",'dedupe_id':''}", "'dedupe_id' is not 1 to 64 characters of A-Z a-z 0-9 _ . : -", one},
      {request + ",'require':'print'}", "'require' is not an array", one},
      {request + ",'require':['print',7]}", "'require' has an element that is no operation's name", one},
      {request + ",'require':['no such']}", "'require' has an element that is no operation's name", one},
      {many, "'require' has too many elements", one},
      {"{'type':'stored'}", "'request_id' is missing", none},
      {"{'type':'stored','request_id':'@','event_id':'e'}", "'stored' names a request and an event", one},
      {"{'type':'cancel','request_id':'none'}", "'request_id' is not a UUID", none},
      {"{'type':'lookup'}", "'request_id' is missing", none},
      {"{'type':'diagnose'}", "'id' is missing", none},
      {"{'type':'drain','reconnect_after_ms':null}", "'reconnect_after_ms' is not a number", none},
  };
  for (const Case& c : cases) {
    const ReadFromGateway read = read_from_gateway(full(c.text));
    const Broken* const found = std::get_if<Broken>(&read);
    ASSERT_NE(found, nullptr) << c.text;
    EXPECT_EQ(found->why, c.why) << c.text;
    EXPECT_EQ(found->named, c.named) << c.text;
  }
}

TEST(KioskV2FromGateway, a_request_fits_into_a_frame_or_is_not_composed) {
  Request request = payment();
  const std::size_t around = compose(request)->size() - request.body.size();
  std::string body = object_of(limits::kFrameBytesMax - around);
  request.body = body;
  EXPECT_EQ(compose(request)->size(), limits::kFrameBytesMax);
  body = object_of(limits::kFrameBytesMax - around + 1);
  request.body = body;
  const auto over = compose(request);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::payload_too_large);
}

}  // namespace
}  // namespace kgw::kiosk_v2
