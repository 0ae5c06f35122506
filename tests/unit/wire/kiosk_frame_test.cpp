#include "wire/kiosk_frame.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using Kind = KioskMessage::Kind;
constexpr std::string_view kText = "01937a5e-0000-7000-8000-0123456789ab";
constexpr std::string_view kOther = "5f0c3b1e-7d2a-4c7e-9a51-0e8f6f1c2d3b";
const RequestId kId = *RequestId::parse(kText);
const RequestId kOtherId = *RequestId::parse(kOther);

// '@' stands for one id, '#' for another, and ' for ".
KioskMessage parse(std::string_view shorthand) {
  std::string text;
  for (const char c : shorthand) {
    if (c == '@') text += kText;
    else if (c == '#') text += kOther;
    else text += c == '\'' ? '"' : c;
  }
  return parse_kiosk_message(text);
}

TEST(KioskMessage, answers) {
  for (const char* text :
       {"{'request_id':'@'}", "{'status':'success','request_id':'@','a':[1,{'request_id':'#'}]}",
        " { 'request\\u005fid' : '@' } ", "{'type':'ping','request_id':'@'}",
        "{'request_id':'\\u00301937a5e-0000-7000-8000-0123456789ab'}",
        "{'request_id':'01937A5E-0000-7000-8000-0123456789AB'}",
        "{'request_id':'\\u00301937A5e-0000-7000-8000-0123456789aB'}"}) {
    const KioskMessage message = parse(text);
    EXPECT_EQ(message.kind, Kind::answer) << text;
    EXPECT_EQ(message.id, kId);
    EXPECT_FALSE(message.outcome_unknown);
    EXPECT_TRUE(message.named.empty());
  }
}

TEST(KioskMessage, pings) {
  EXPECT_EQ(parse("{'type':'ping'}").kind, Kind::ping);
  EXPECT_EQ(parse("{'t\\u0079pe':'pin\\u0067','x':1}").kind, Kind::ping);
  for (const char* text : {"{'type':'pong'}", "{'type':'Ping'}", "{'type':['ping']}",
                           "{'type':'ping','type':'ping'}", "{'a':{'type':'ping'}}", "{}"})
    EXPECT_EQ(parse(text).kind, Kind::unknown) << text;
}

TEST(KioskMessage, that_name_no_request) {
  for (const char* text :
       {"{'request_id':1}", "{'request_id':null}", "{'request_id':['@']}", "{'request_id':''}",
        "{'request_id':'@x'}", "{'request_id':' @'}", "{'request_id':'01937A5E-0000-7000-8000-0123456789AG'}",
        "{'request_id':'01937a5e000070008000-0123456789ab----'}", "{'a':{'request_id':'@'}}", "{'id':'@'}"}) {
    const KioskMessage message = parse(text);
    EXPECT_EQ(message.kind, Kind::unknown) << text;
    EXPECT_FALSE(message.id);
  }
}

TEST(KioskMessage, broken_ones_name_the_ids_that_stand_in_them) {
  const std::vector<RequestId> none, one{kId}, two{kId, kOtherId};
  struct Case {
    const char* text;
    std::vector<RequestId> named;
  };
  for (const Case& c : std::initializer_list<Case>{{"{'request_id':'@','a':NaN}", one},
                                                   {"{'request_id':'@'", one},
                                                   {"['@']", one},
                                                   {"'@'", one},
                                                   {"", none},
                                                   {"nonsense", none},
                                                   {"@", one},
                                                   {"{'request_id':'@','request_id':'@'}", one},
                                                   {"{'request_id':'@','request_id':'#'}", two},
                                                   {"{'request_id':'@','request_id':1}", one},
                                                   {"{request_id: @, parent: #, again: @,}", two},
                                                   {"x@", none},
                                                   {"@0", none},
                                                   {"-@", none},
                                                   {"@-", none},
                                                   {"----------@", none},
                                                   {"---------- @", one},
                                                   {"01937a5e-0000-7000-8000-0123456789a", none},
                                                   {"01937A5E-0000-7000-8000-0123456789AB", one},
                                                   {"01937A5E-0000-7000-8000-0123456789AG", none}}) {
    const KioskMessage message = parse(c.text);
    EXPECT_EQ(message.kind, Kind::broken) << c.text;
    EXPECT_EQ(message.named, c.named) << c.text;
    EXPECT_FALSE(message.id);
  }
}

TEST(KioskMessage, names_at_most_eight) {
  std::string text;
  for (char c = 'a'; c <= 'f'; ++c)
    for (int i = 0; i < 10; ++i)
      text += "0193" + std::to_string(i) + std::string(2, c) + "e-0000-7000-8000-0123456789ab ";
  EXPECT_EQ(parse_kiosk_message(text).named.size(), 8U);
}

TEST(KioskMessage, says_when_the_kiosk_does_not_know) {
  for (const char* error :
       {"timeout", "other", "processing_error", "http_error", "interrupted", "invalid_response"})
    EXPECT_TRUE(
        parse("{'request_id':'@','status':'error','error':'" + std::string(error) + "'}").outcome_unknown)
        << error;
  EXPECT_TRUE(parse("{'request_id':'@','status':'err\\u006fr','error':'time\\u006fut'}").outcome_unknown);
  for (const char* rest :
       {"'status':'error','error':'connection_refused'", "'status':'error','error':'route_not_found'",
        "'status':'error','error':'Timeout'", "'status':'error','error':['timeout']",
        "'status':'success','error':'timeout'", "'status':'error'", "'error':'timeout'",
        "'status':['error'],'error':'timeout'", "'a':{'status':'error','error':'timeout'}"})
    EXPECT_FALSE(parse("{'request_id':'@'," + std::string(rest) + "}").outcome_unknown) << rest;
  // Said twice, it may mean either; then the unknown is assumed.
  EXPECT_TRUE(
      parse("{'request_id':'@','status':'success','status':'error','error':'timeout'}").outcome_unknown);
  EXPECT_TRUE(
      parse("{'request_id':'@','status':'error','error':'declined','error':'timeout'}").outcome_unknown);
  EXPECT_FALSE(parse("{'request_id':'@','status':'success','error':null,'error':null}").outcome_unknown);
}

}  // namespace
}  // namespace kgw
