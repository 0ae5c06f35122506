// What an answer says: PROTOCOL.md 1.2, each row of its table, and the order of rules.
#include "wire/outcome_rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kgw {
namespace {

using Result = AnswerResult;

// Apostrophes stand for double quotes.
std::string json(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == '\'') c = '"';
  return out;
}

Result built_in(std::string_view answer) { return OutcomeRules().classify("payment", json(answer)); }

OutcomeRule rule(std::vector<OutcomeCondition> when, Result result) { return {std::move(when), result}; }

TEST(AnswerResult, Names) {
  for (const Result result : kAnswerResults) EXPECT_EQ(parse_answer_result(name(result)), result);
  EXPECT_EQ(std::size(kAnswerResults), 6U);
  EXPECT_EQ(parse_answer_result("Success"), std::nullopt);
  EXPECT_EQ(parse_answer_result(""), std::nullopt);
}

struct Row {
  Result result;
  std::vector<std::string_view> status;
  std::vector<std::string_view> error;  // empty: without the member
};
const Row kTable[] = {
    {Result::failed, {"error"}, {"connection_refused", "route_not_found"}},
    {Result::unknown,
     {"error"},
     {"timeout", "other", "processing_error", "http_error", "interrupted", "invalid_response"}},
    {Result::unknown, {"timeout"}, {}},
    {Result::success, {"success", "approved", "ok", "paid", "completed", "done"}, {}},
    {Result::declined, {"declined", "rejected", "refused", "cancelled", "canceled", "failed", "not_ok"}, {}},
    {Result::error, {"error"}, {"card_reader_jammed", "", "connection refused", "timeout "}},
    {Result::error, {"error"}, {}},
    {Result::unclassified, {"pending", "", "succes", "successful", "200", "true"}, {}},
};

std::string answer_of(std::string_view status, std::string_view error) {
  return json("{'request_id':'0193','status':'" + std::string(status) + "','error':'" + std::string(error) +
              "','message':'x'}");
}

TEST(OutcomeRules, EveryRowOfTheBuiltInTable) {
  const OutcomeRules rules;
  for (const Row& row : kTable)
    for (const std::string_view status : row.status) {
      if (row.error.empty()) {
        EXPECT_EQ(rules.classify("payment", json("{'a':1,'status':'" + std::string(status) + "'}")),
                  row.result);
        if (status != "error") {
          EXPECT_EQ(rules.classify("kds", answer_of(status, "timeout")), row.result) << status;
        }
      }
      for (const std::string_view error : row.error)
        EXPECT_EQ(rules.classify("any.operation", answer_of(status, error)), row.result) << error;
    }
}

TEST(OutcomeRules, LetterCaseDoesNotMatter) {
  for (const Row& row : kTable)
    for (const std::string_view status : row.status)
      for (const std::string_view error : row.error) {
        std::string upper = answer_of(status, error);
        for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        upper.replace(upper.find("STATUS"), 6, "status").replace(upper.find("ERROR\":"), 5, "error");
        EXPECT_EQ(built_in(upper), row.result) << upper;
      }
  EXPECT_EQ(built_in("{'status':'SucCess'}"), Result::success);
  EXPECT_EQ(built_in("{'Status':'success'}"), Result::unclassified) << "names are as JSON has them";
  // A letter's other form differs in one bit; so do '@' and '`'.
  const OutcomeRules odd({{"*", {rule({{"status", {"a@b[c"}}}, Result::declined)}}});
  EXPECT_EQ(odd.classify("", json("{'status':'A@B[C'}")), Result::declined);
  EXPECT_EQ(odd.classify("", json("{'status':'a`b{c'}")), Result::unclassified);
}

TEST(OutcomeRules, EscapesAreResolved) {
  EXPECT_EQ(built_in(R"({"status":"\u0073uccess"})"), Result::success);
  EXPECT_EQ(built_in(R"({"status":"\u0053UCCES\u0053"})"), Result::success);
  EXPECT_EQ(built_in(R"({"st\u0061tus":"paid"})"), Result::success);
  EXPECT_EQ(built_in(R"({"st\u0061tus":"\u0070aid"})"), Result::success);
  EXPECT_EQ(built_in(R"({"status":"suc\\cess"})"), Result::unclassified);
  EXPECT_EQ(built_in(R"({"status":"\u0073uccess\u0000"})"), Result::unclassified);
  EXPECT_EQ(built_in(R"({"status":"error","error":"time\u006fut"})"), Result::unknown);
  const OutcomeRules odd(
      {{"*",
        {rule({{"text", {"a\\nb"}}}, Result::declined), rule({{"text", {"a\nb"}}}, Result::success),
         rule({{"text", {"\xd0\xaf"}}}, Result::error)}}});
  EXPECT_EQ(odd.classify("", R"({"text":"a\nb"})"), Result::success);
  EXPECT_EQ(odd.classify("", R"({"text":"a\\nb"})"), Result::declined);
  EXPECT_EQ(odd.classify("", R"({"text":"\u042f"})"), Result::error);
  EXPECT_EQ(odd.classify("", "{\"text\":\"\xd0\xaf\"}"), Result::error);
  EXPECT_EQ(odd.classify("", "{\"text\":\"\xd1\x8f\"}"), Result::unclassified) << "ASCII letters only";
}

TEST(OutcomeRules, OnlyTopLevelScalarsAreRead) {
  for (const char* const answer :
       {"{}", "{'data':{'status':'success'}}", "{'data':[{'status':'success'}]}",
        "{'status':{'status':'success'}}", "{'status':['success']}", "{'status':[]}", "{'status':{}}",
        "{'status':null}", "{'status':0}", "{'status ':'success'}", "{'':'success'}", "{'status':''}"})
    EXPECT_EQ(built_in(answer), Result::unclassified) << answer;
  EXPECT_EQ(built_in("{'data':{'status':'declined','error':'timeout'},'status':'ok'}"), Result::success);
  EXPECT_EQ(built_in("{'status':'error','error':{'error':'timeout'}}"), Result::error);
  EXPECT_EQ(built_in("{'error':'timeout'}"), Result::unclassified) << "an error alone says nothing";
}

TEST(OutcomeRules, WhatIsNoJsonObjectIsUnknown) {
  for (const char* const answer : {"", "null", "[{'status':'success'}]", "'success'", "{'status':'success'",
                                   "{'status':'success'} x", "{'status':NaN}"})
    EXPECT_EQ(built_in(answer), Result::unknown) << answer;
  EXPECT_EQ(built_in("\xef\xbb\xbf{'status':'success'}"), Result::success) << "a byte order mark is let pass";
}

TEST(OutcomeRules, OwnRulesComeBeforeThoseForAllAndThoseBeforeTheBuiltInOnes) {
  const OutcomeRules rules({
      {"payment",
       {rule({{"code", {"91", "96"}}}, Result::unknown), rule({{"code", {"91"}}}, Result::declined),
        rule({{"status", {"success"}}, {"approved", {"false"}}}, Result::declined)}},
      {"*", {rule({{"code", {"91", "51"}}}, Result::error), rule({{"error", {"Timeout"}}}, Result::declined)}},
  });
  struct Case {
    const char* operation;
    const char* answer;
    Result result;
  };
  for (const Case& one : {
           Case{"payment", "{'status':'success','code':'91'}", Result::unknown},
           Case{"payment", "{'status':'success','code':'51'}", Result::error},
           Case{"payment", "{'status':'success','code':'00'}", Result::success},
           Case{"payment", "{'status':'success','approved':false}", Result::declined},
           Case{"payment", "{'status':'success','approved':true}", Result::success},
           Case{"payment", "{'approved':false}", Result::unclassified},
           Case{"payment", "{'status':'error','error':'timeout'}", Result::declined},
           Case{"fiscal", "{'status':'success','code':'91'}", Result::error},
           Case{"fiscal", "{'status':'success','code':'96'}", Result::success},
           Case{"Payment", "{'status':'success','code':'96'}", Result::success},
           Case{"*", "{'status':'success','code':'51'}", Result::error},
       })
    EXPECT_EQ(rules.classify(one.operation, json(one.answer)), one.result) << one.operation << one.answer;
}

TEST(OutcomeRules, ValuesAreComparedByTheirTextAsItWasSent) {
  const auto says = [](const char* value, std::string text) {
    const OutcomeRules rules({{"*", {rule({{"v", {std::move(text)}}}, Result::declined)}}});
    return rules.classify("payment", json("{'v':" + std::string(value) + "}")) == Result::declined;
  };
  EXPECT_TRUE(says("1000.10", "1000.10"));
  EXPECT_FALSE(says("1000.10", "1000.1"));
  EXPECT_FALSE(says("1e3", "1000"));
  EXPECT_TRUE(says("1E3", "1e3"));
  EXPECT_TRUE(says("0", "0"));
  EXPECT_FALSE(says("0", "00"));
  EXPECT_TRUE(says("'00'", "00"));
  EXPECT_TRUE(says("91", "91"));
  EXPECT_TRUE(says("'91'", "91"));
  EXPECT_TRUE(says("12345678901234567890123456789", "12345678901234567890123456789"));
  EXPECT_FALSE(says("12345678901234567890123456789", "12345678901234567890123456788"));
  EXPECT_TRUE(says("true", "true"));
  EXPECT_TRUE(says("'TRUE'", "true"));
  EXPECT_FALSE(says("false", "true"));
  EXPECT_TRUE(says("null", "null"));
  EXPECT_TRUE(says("''", ""));
  EXPECT_FALSE(says("[]", "[]"));
  EXPECT_FALSE(says("{}", "{}"));
}

TEST(OutcomeRules, AMemberThatStandsTwiceMaySayAnything) {
  struct Case {
    const char* answer;
    Result result;
  };
  for (const Case& one : {
           Case{"{'status':'success','status':'success'}", Result::success},
           Case{"{'status':'success','status':'declined'}", Result::unknown},
           Case{"{'status':'declined','status':'success'}", Result::unknown},
           Case{"{'status':'success','x':1,'st\\u0061tus':'declined'}", Result::unknown},
           Case{"{'status':'success','status':'success','status':'declined'}", Result::unknown},
           Case{"{'status':'success','status':'declined','status':'success'}", Result::unknown},
           Case{"{'status':'success','status':['success']}", Result::unknown},
           Case{"{'status':'success','error':'a','error':'b'}", Result::success},
           Case{"{'status':'declined','error':'timeout','error':null}", Result::declined},
           Case{"{'status':'error','error':'timeout','error':'timeout'}", Result::unknown},
           Case{"{'status':'error','error':'timeout','error':'declined'}", Result::unknown},
           Case{"{'status':'error','error':'connection_refused','error':'a'}", Result::unknown},
           Case{"{'status':'success','note':1,'note':2}", Result::success},
           Case{"{'status':'pending','status':'waiting'}", Result::unknown},
       })
    EXPECT_EQ(built_in(one.answer), one.result) << one.answer;
  // Whether the first rule fits or not, it is declined.
  const OutcomeRules same({{"*", {rule({{"code", {"51"}}}, Result::declined)}}});
  EXPECT_EQ(same.classify("", json("{'status':'declined','code':'51','code':'52'}")), Result::declined);
  EXPECT_EQ(same.classify("", json("{'status':'success','code':'51','code':'52'}")), Result::unknown);
  EXPECT_EQ(same.classify("", json("{'status':'success','code':'51','code':'51'}")), Result::declined);
  EXPECT_EQ(same.classify("", json("{'code':'51','code':'52'}")), Result::unknown);
}

TEST(OutcomeRules, AsManyMembersAsAreAllowed) {
  OutcomeRuleMap custom;
  for (std::size_t i = 0; i < limits::kOutcomeMembersMax; ++i)
    custom["op" + std::to_string(i)] = {rule({{"m" + std::to_string(i), {"x"}}}, Result::declined)};
  const OutcomeRules rules(custom);
  EXPECT_EQ(rules.members().size(), OutcomeRules::kMembersMax);
  EXPECT_EQ(rules.members()[0], "status");
  EXPECT_EQ(rules.members()[1], "error");
  for (std::size_t i = 0; i < limits::kOutcomeMembersMax; ++i)
    EXPECT_EQ(rules.classify("op" + std::to_string(i), json("{'m" + std::to_string(i) + "':'x'}")),
              Result::declined);
  EXPECT_EQ(rules.classify("op1", json("{'m0':'x'}")), Result::unclassified);
}

TEST(OutcomeRules, AnAnswerOfAMebibyte) {
  std::string answer =
      R"({"status":"success","log":")" + std::string(limits::kFrameBytesMax - 64, 'x') + R"("})";
  EXPECT_EQ(built_in(answer), Result::success);
  std::string status = R"({"status":")" + std::string(limits::kFrameBytesMax - 64, 's') + R"(\n"})";
  EXPECT_EQ(built_in(status), Result::unclassified);
  std::string many = "{";
  while (many.size() < limits::kFrameBytesMax - 64) many += R"("s":1,"st":"a","stat":[1],)";
  EXPECT_EQ(built_in(many + R"("status":"paid"})"), Result::success);
}

}  // namespace
}  // namespace kgw
