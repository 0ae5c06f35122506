// The file of OUTCOME_RULES: what it means, and that every fault in it is reported with its place.
#include "settings/outcome_rules_file.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"

namespace kgw {
namespace {

using Faults = std::vector<std::string>;

constexpr const char* kExample = R"(# Our terminals
payment:
  - when: {status: error, response_code: ["91", 96]}
    result: unknown
  - when:
      approved: false
    result: declined
"*":
- {when: {error: Paper out}, result: failed}
)";

Faults faults_of(std::string_view text) { return parse_outcome_rules(text).faults; }

// A rule of `payment` with this text for `when`'s value, or for the whole rule.
std::string with_when(const std::string& text) { return "payment: [{when: " + text + ", result: success}]"; }
std::string with_rule(const std::string& text) { return "payment: [" + text + "]"; }

void expect_only_fault(const std::string& text, std::string_view start) {
  const Faults faults = faults_of(text);
  ASSERT_EQ(faults.size(), 1U) << text << testing::PrintToString(faults);
  EXPECT_TRUE(faults[0].starts_with(start)) << text << ": " << faults[0];
}

TEST(OutcomeRulesFile, RulesInTheirOrder) {
  const OutcomeRulesFile file = parse_outcome_rules(kExample);
  EXPECT_EQ(file.faults, Faults{});
  const OutcomeRuleMap expected = {
      {"payment",
       {{{{"status", {"error"}}, {"response_code", {"91", "96"}}}, AnswerResult::unknown},
        {{{"approved", {"false"}}}, AnswerResult::declined}}},
      {"*", {{{{"error", {"Paper out"}}}, AnswerResult::failed}}},
  };
  EXPECT_EQ(file.rules, expected);
  const OutcomeRules rules(file.rules);
  EXPECT_EQ(rules.classify("payment", R"({"status":"error","response_code":96})"), AnswerResult::unknown);
  EXPECT_EQ(rules.classify("payment", R"({"status":"success","approved":false})"), AnswerResult::declined);
  EXPECT_EQ(rules.classify("fiscal", R"({"status":"error","error":"PAPER OUT"})"), AnswerResult::failed);
}

TEST(OutcomeRulesFile, EveryResultCanBeGiven) {
  for (const AnswerResult result : kAnswerResults) {
    const OutcomeRulesFile file =
        parse_outcome_rules("a: [{when: {b: c}, result: " + std::string(name(result)) + "}]");
    ASSERT_EQ(file.faults, Faults{});
    EXPECT_EQ(file.rules.at("a")[0].result, result);
  }
}

TEST(OutcomeRulesFile, ValuesAreTextsAsTheyAreWritten) {
  const OutcomeRulesFile file = parse_outcome_rules(
      with_when("{v: [007, 1000.10, 1e3, true, No, \"null\", \"\", '1', \"\\u0041\", a b, \"~\"]}"));
  ASSERT_EQ(file.faults, Faults{});
  const Faults expected = {"007", "1000.10", "1e3", "true", "No", "null", "", "1", "A", "a b", "~"};
  EXPECT_EQ(file.rules.at("payment")[0].when[0].texts, expected);
}

TEST(OutcomeRulesFile, AFileWithoutRules) {
  expect_only_fault("", "line 1, column 1: the file has no rules");
  expect_only_fault("# later\n", "line 1, column 1: the file has no rules");
  expect_only_fault("\n {}", "line 2, column 2: the file has no rules");
  expect_only_fault("- a\n", "line 1, column 1: expected operations");
  expect_only_fault("payment", "line 1, column 1: expected operations");
  EXPECT_EQ(faults_of("payment: []"), Faults{});
}

TEST(OutcomeRulesFile, Operations) {
  expect_only_fault("pay ment: []", "line 1, column 1: 'pay ment' is not a valid operation name");
  expect_only_fault("\"\": []", "line 1, column 1: '' is not a valid operation name");
  expect_only_fault(std::string(65, 'a') + ": []", "line 1, column 1: 'aaa");
  expect_only_fault("a: []\nb: []\na: []\n", "line 3, column 1: 'a' is already in line 1");
  expect_only_fault("[a]: []", "line 1, column 1: expected the name of an operation");
  expect_only_fault("*: []", "line 1, column 1: a * without quotes");
  expect_only_fault("a:\n", "line 1, column 1: expected a list of rules for 'a'");
  expect_only_fault("a: {when: {b: c}, result: error}", "line 1, column 4: expected a list of rules for 'a'");
  expect_only_fault("a: error", "line 1, column 4: expected a list of rules for 'a'");
}

TEST(OutcomeRulesFile, PartsOfARule) {
  expect_only_fault(with_rule("x"), "line 1, column 11: expected a rule with when and result");
  expect_only_fault(with_rule("[]"), "line 1, column 11: expected a rule with when and result");
  expect_only_fault(with_rule("{when: {a: b}}"), "line 1, column 11: this rule has no result");
  expect_only_fault(with_rule("{result: error}"), "line 1, column 11: this rule has no when");
  expect_only_fault(with_rule("{when: {a: b}, result: error, whn: 1}"),
                    "line 1, column 41: 'whn' is not part of a rule; did you mean when? allowed: when, result");
  expect_only_fault(with_rule("{when: {a: b}, result: error, comment: x}"),
                    "line 1, column 41: 'comment' is not part of a rule; allowed: when, result");
  expect_only_fault(with_rule("{when: {a: b}, result: error, result: unknown}"),
                    "line 1, column 41: 'result' is already in line 1");
  expect_only_fault(
      with_rule("{when: {a: b}, result: sucess}"),
      "line 1, column 34: 'sucess' is not a result; did you mean success? allowed: success, declined, "
      "failed, error, unknown, unclassified");
  expect_only_fault(with_rule("{when: {a: b}, result: Error}"),
                    "line 1, column 34: 'Error' is not a result; did you mean");
  expect_only_fault(with_rule("{when: {a: b}, result: }"), "line 1, column ");
  expect_only_fault(with_rule("{when: {a: b}, result: [error]}"), "line 1, column 34: expected a result");
  expect_only_fault(with_rule("{when: {a: b}, result: 1" + std::string(100'000, '0') + "}"),
                    "line 1, column 34: '1000");
}

TEST(OutcomeRulesFile, Conditions) {
  expect_only_fault(with_when("{}"), "line 1, column 18: expected members of the answer");
  expect_only_fault(with_when("error"), "line 1, column 18: expected members of the answer");
  expect_only_fault(with_when(""), "line 1, column 12: expected members of the answer");
  expect_only_fault(with_when("{a: []}"), "line 1, column 22: this list is empty");
  expect_only_fault(with_when("{a: }"), "line 1, column 19: no value here");
  expect_only_fault(with_when("{a: null}"), "line 1, column 19: no value here");
  expect_only_fault(with_when("{a: [b, ~]}"), "line 1, column 26: no value here");
  expect_only_fault(with_when("{a: {b: c}}"), "line 1, column 22: expected a text");
  expect_only_fault(with_when("{a: [[b]]}"), "line 1, column 23: expected a text");
  expect_only_fault(with_when("{a: b, c: d, a: e}"), "line 1, column 31: 'a' is already in line 1");
  expect_only_fault(with_when("{\"\": b}"), "line 1, column 19: a member's name has 1 to 256 bytes");
  expect_only_fault(with_when("{[a]: b}"), "line 1, column 19: expected the name of a member");
  expect_only_fault(with_when("{a: " + std::string(257, 'x') + "}"),
                    "line 1, column 22: a value has at most 256");
  EXPECT_EQ(faults_of(with_when("{a: " + std::string(256, 'x') + "}")), Faults{});
}

TEST(OutcomeRulesFile, AllFaultsAtOnce) {
  const Faults faults = faults_of(R"(payment:
  - when: {status: error}
    result: maybe
  - when: {}
    reslt: error
fiscal: nothing
)");
  ASSERT_EQ(faults.size(), 5U);
  const char* const starts[] = {"line 3, column 13: 'maybe'", "line 4, column 5: this rule has no result",
                                "line 4, column 11: expected", "line 5, column 5: 'reslt'",
                                "line 6, column 9: expected a list"};
  for (std::size_t i = 0; i < faults.size(); ++i) EXPECT_TRUE(faults[i].starts_with(starts[i])) << faults[i];
  EXPECT_NE(faults[3].find("did you mean result?"), std::string::npos);

  std::string many = "a:\n";
  for (int i = 0; i < 500; ++i) many += "  - x\n";
  EXPECT_EQ(faults_of(many).size(), 101U);
  EXPECT_EQ(faults_of(many).back(), "and 400 more");
}

TEST(OutcomeRulesFile, Bounds) {
  std::string rules = "a:\n";
  for (std::size_t i = 0; i < limits::kOutcomeRulesMax; ++i) rules += "- {when: {a: b}, result: error}\n";
  EXPECT_EQ(faults_of(rules), Faults{});
  expect_only_fault(rules + "- {when: {a: b}, result: error}\n- {when: {a: b}, result: error}\n",
                    "line 1002, column 3: there are more than 1000 rules");

  std::string texts;
  for (std::size_t i = 0; i < limits::kOutcomeTextsMax; ++i) texts += "x,";
  EXPECT_EQ(faults_of(with_when("{a: [" + texts + "]}")), Faults{});
  expect_only_fault(with_when("{a: [" + texts + "x, x]}"),
                    "line 1, column 20023: there are more than 10000 values");

  std::string members;
  for (std::size_t i = 0; i < limits::kOutcomeMembersMax; ++i) members += "m" + std::to_string(i) + ": x, ";
  const std::string full = with_rule("{when: {status: x, error: x, " + members + "}, result: error}");
  EXPECT_EQ(faults_of(full), Faults{});
  EXPECT_EQ(OutcomeRules(parse_outcome_rules(full).rules).members().size(), OutcomeRules::kMembersMax);
  expect_only_fault(with_when("{" + members + "m16: x, m17: x, m0x: x}"), "line 1, column ");
  expect_only_fault(std::string(limits::kOutcomeFileBytesMax + 1, ' '),
                    "the file is larger than 1048576 bytes");
}

}  // namespace
}  // namespace kgw
