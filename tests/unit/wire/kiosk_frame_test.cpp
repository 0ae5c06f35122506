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
KioskMessage read(std::string_view text) {
  static const OutcomeRules rules;
  return KioskMessageReader(rules).read(text);
}

KioskMessage parse(std::string_view shorthand) {
  std::string text;
  for (const char c : shorthand) {
    if (c == '@') text += kText;
    else if (c == '#') text += kOther;
    else text += c == '\'' ? '"' : c;
  }
  return read(text);
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
  EXPECT_EQ(read(text).named.size(), 8U);
}

TEST(KioskMessageReader, reads_what_the_answer_says_in_the_same_pass) {
  const OutcomeRules rules(
      {{"payment", {{{{"code", {"91"}}}, AnswerResult::unknown}}},
       {"*", {{{{"type", {"ping"}}, {"request_id", {std::string(kId.text())}}}, AnswerResult::failed}}}});
  KioskMessageReader reader(rules);
  const auto id = std::string(kId.text());
  const std::string paid = R"({"request_id":")" + id + R"(","status":"success","code":91})";
  EXPECT_EQ(reader.read(paid).kind, Kind::answer);
  EXPECT_EQ(reader.result("payment"), AnswerResult::unknown);
  EXPECT_EQ(reader.result("fiscal"), AnswerResult::success);
  const std::string bare = R"({"request_id":")" + id + R"("})";
  EXPECT_EQ(reader.read(bare).id, kId);
  EXPECT_EQ(reader.result("payment"), AnswerResult::unclassified) << "nothing of the message before";
  // Rules may read the members that the reader itself looks for.
  const std::string ping = R"({"type":"ping","request_id":")" + id + R"("})";
  EXPECT_EQ(reader.read(ping).kind, Kind::answer);
  EXPECT_EQ(reader.result("kds"), AnswerResult::failed);
  EXPECT_EQ(reader.read(R"({"type":"ping"})").kind, Kind::ping);
  EXPECT_EQ(reader.read(R"({"request_id":1,"request_id":1})").kind, Kind::broken);
}

}  // namespace
}  // namespace kgw
