#include "wire/outcome_rules.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/check.hpp"
#include "wire/letter_case.hpp"

namespace kgw {
namespace {

constexpr std::string_view kAllOperations = "*";

// PROTOCOL.md 1.2, row by row; `or` makes two of one.
const std::vector<OutcomeRule>& built_in_rules() {
  static const std::vector<OutcomeRule> kRules = {
      {{{"status", {"error"}}, {"error", {"connection_refused", "route_not_found"}}}, AnswerResult::failed},
      {{{"status", {"error"}},
        {"error", {"timeout", "other", "processing_error", "http_error", "interrupted", "invalid_response"}}},
       AnswerResult::unknown},
      {{{"status", {"timeout"}}}, AnswerResult::unknown},
      {{{"status", {"success", "approved", "ok", "paid", "completed", "done"}}}, AnswerResult::success},
      {{{"status", {"declined", "rejected", "refused", "cancelled", "canceled", "failed", "not_ok"}}},
       AnswerResult::declined},
      {{{"status", {"error"}}}, AnswerResult::error},
  };
  return kRules;
}

// Those of 63 characters and more share one.
std::uint64_t size_bit(std::size_t size) { return std::uint64_t{1} << std::min<std::size_t>(size, 63); }

}  // namespace

// Goes through rules until one decides; remembers what those that may fit would have said.
class OutcomeRules::Verdict {
 public:
  explicit Verdict(std::span<const JsonMember> found) : found_(found) {}

  // True: decided, and `result()` is what the answer says.
  bool go_through(const Rules& rules) {
    for (const Rule& rule : rules) {
      if (surely_not(rule.when.front())) continue;
      const Fit fits = fit(rule, found_);
      if (fits == Fit::no) continue;
      const bool differs = possible_ && result_ != rule.result;
      possible_ = true;
      result_ = differs ? AnswerResult::unknown : rule.result;
      if (differs || fits == Fit::yes) return true;
    }
    return false;
  }
  // No rule decided: then one that may fit may as well not.
  AnswerResult undecided() const {
    return result_ == AnswerResult::unclassified ? AnswerResult::unclassified : AnswerResult::unknown;
  }
  AnswerResult result() const { return result_; }

 private:
  // Most rules are passed over by this alone: the member is missing, or no text has its value's size.
  bool surely_not(const Condition& condition) const {
    const JsonMember& member = found_[condition.member];
    if (member.count == 0) return true;
    if (member.differs || member.escaped) return false;
    const std::size_t quotes = member.kind == JsonKind::string ? 2 : 0;
    return (condition.sizes & size_bit(member.value.size() - quotes)) == 0;
  }

  const std::span<const JsonMember> found_;
  bool possible_ = false;  // a rule may fit, with this result
  AnswerResult result_ = AnswerResult::unclassified;
};

OutcomeRules::OutcomeRules(const OutcomeRuleMap& custom) : members_{"status", "error"} {
  built_in_ = compile(built_in_rules());
  for (const auto& [operation, rules] : custom)
    (operation == kAllOperations ? for_all_ : by_operation_[operation]) = compile(rules);
  KGW_CHECK(members_.size() <= kMembersMax);
}

OutcomeRules::Rules OutcomeRules::compile(const std::vector<OutcomeRule>& rules) {
  Rules compiled;
  compiled.reserve(rules.size());
  for (const OutcomeRule& rule : rules) {
    Rule& one = compiled.emplace_back();
    one.result = rule.result;
    for (const OutcomeCondition& condition : rule.when) {
      std::uint64_t sizes = 0;
      for (const std::string& text : condition.texts) sizes |= size_bit(text.size());
      one.when.push_back({index_of(condition.member), sizes, condition.texts});
    }
  }
  return compiled;
}

std::size_t OutcomeRules::index_of(const std::string& member) {
  const auto found = std::find(members_.begin(), members_.end(), member);
  if (found != members_.end()) return static_cast<std::size_t>(found - members_.begin());
  members_.push_back(member);
  return members_.size() - 1;
}

bool OutcomeRules::says_any(const JsonMember& member, const Condition& condition) {
  std::string_view said = member.value;
  if (member.kind == JsonKind::string) {
    if (member.escaped) {
      for (const std::string& text : condition.texts)
        if (json_equals_ignoring_case(said, text)) return true;
      return false;
    }
    said = said.substr(1, said.size() - 2);
  } else if (member.kind == JsonKind::object || member.kind == JsonKind::array) {
    return false;
  }
  if ((condition.sizes & size_bit(said.size())) == 0) return false;
  for (const std::string& text : condition.texts)
    if (text.size() == said.size() && (text.empty() || ascii::lower(text[0]) == ascii::lower(said[0])) &&
        same_ignoring_case(said, text))
      return true;
  return false;
}

OutcomeRules::Fit OutcomeRules::fit(const Rule& rule, std::span<const JsonMember> found) {
  Fit fit = Fit::yes;
  for (const Condition& condition : rule.when) {
    const JsonMember& member = found[condition.member];
    if (member.count == 0) return Fit::no;
    if (member.differs) fit = Fit::maybe;
    else if (!says_any(member, condition)) return Fit::no;
  }
  return fit;
}

AnswerResult OutcomeRules::decide(std::string_view operation, std::span<const JsonMember> found) const {
  Verdict verdict(found);
  if (!by_operation_.empty())
    if (const auto own = by_operation_.find(operation); own != by_operation_.end())
      if (verdict.go_through(own->second)) return verdict.result();
  if (verdict.go_through(for_all_) || verdict.go_through(built_in_)) return verdict.result();
  return verdict.undecided();
}

AnswerResult OutcomeRules::classify(std::string_view operation, std::string_view answer) const {
  std::array<JsonMember, kMembersMax> room;
  const std::span<JsonMember> found = std::span(room).first(members_.size());
  for (std::size_t i = 0; i < found.size(); ++i) found[i].name = members_[i];
  if (!json_scan(without_bom(answer), found).is_object) return AnswerResult::unknown;
  return decide(operation, found);
}

}  // namespace kgw
