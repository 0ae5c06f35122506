// OutcomeRules: reads from an answer's top-level members what it says (PROTOCOL.md 1.2). The rules of
// OUTCOME_RULES for the operation come first, then those for "*", then the built-in ones; the first that
// matches decides. It uses what json_scan found in its single pass over the answer and allocates nothing.
// Immutable after construction.
//
// A value is compared by its text: a string's, escapes resolved; a number's as it was sent (1000.10 is not
// 1000.1); true, false and null as these words. The case of ASCII letters is ignored. Objects and arrays have
// no text and match no rule.
//
// A member that occurs twice at top level: most parsers use the last one, some the first, and nobody knows
// which of them the kiosk meant. {"status":"success","status":"declined"} must neither count as paid nor free
// the order for a second payment. So if its values are not the same bytes, the member may say anything, and a
// rule about it may match or not. If every reading leads to the same result, that is the result; otherwise it
// is `unknown`, which somebody will investigate. Rules that don't match for another reason have no part in
// this, and members that no rule reads may occur as often as they like.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "core/answer_result.hpp"
#include "wire/json_scan.hpp"

namespace kgw {

// A top-level member, and the texts of which it must have one.
struct OutcomeCondition {
  std::string member;
  std::vector<std::string> texts;

  bool operator==(const OutcomeCondition&) const = default;
};

// Matches when all of its conditions do. It has at least one.
struct OutcomeRule {
  std::vector<OutcomeCondition> when;
  AnswerResult result = AnswerResult::unclassified;

  bool operator==(const OutcomeRule&) const = default;
};

// By operation, or "*" for all operations; in the order in which they are tried.
using OutcomeRuleMap = std::map<std::string, std::vector<OutcomeRule>, std::less<>>;

class OutcomeRules {
 public:
  // The members that the built-in rules read, and as many more as custom rules may.
  static constexpr std::size_t kMembersMax = 2 + limits::kOutcomeMembersMax;

  // Requires that `custom` reads at most limits::kOutcomeMembersMax members besides `status` and `error`
  // (parse_outcome_rules ensures it).
  explicit OutcomeRules(const OutcomeRuleMap& custom = {});

  // The names to look for with json_scan; `status` and `error` are always the first two.
  std::span<const std::string> members() const { return members_; }

  // Returns what an answer to `operation` says. `found` is what json_scan found in it: the members of
  // members(), in that order. Its time depends on the number of rules, not on the answer's size.
  AnswerResult decide(std::string_view operation, std::span<const JsonMember> found) const;

  // The same for an answer that was not scanned yet; `unknown` if it is not a JSON object. Linear time.
  AnswerResult classify(std::string_view operation, std::string_view answer) const;

 private:
  struct Condition {
    std::size_t member = 0;   // its index in members_
    std::uint64_t sizes = 0;  // the bit of each text's size: most values are none of them by that alone
    std::vector<std::string> texts;
  };
  struct Rule {
    std::vector<Condition> when;
    AnswerResult result = AnswerResult::unclassified;
  };
  using Rules = std::vector<Rule>;
  class Verdict;

  enum class Fit : std::uint8_t { no, maybe, yes };
  static Fit fit(const Rule& rule, std::span<const JsonMember> found);
  static bool says_any(const JsonMember& member, const Condition& condition);

  Rules compile(const std::vector<OutcomeRule>& rules);
  std::size_t index_of(const std::string& member);

  std::vector<std::string> members_;
  std::map<std::string, Rules, std::less<>> by_operation_;
  Rules for_all_;
  Rules built_in_;
};

}  // namespace kgw
