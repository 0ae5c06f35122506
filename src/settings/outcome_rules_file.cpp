#include "settings/outcome_rules_file.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "base/edit_distance.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "yaml/yaml_reading.hpp"

namespace kgw {
namespace {

using Kind = YamlNode::Kind;

constexpr const char* kARule = "- when: {status: error}, result: unknown";

// "did you mean X? " for a slip of one of `names`, else nothing.
std::string hint(const std::string& text, std::span<const std::string_view> names) {
  if (text.size() > kShownYamlBytesMax) return "";
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const std::string_view name : names)
    if (const std::size_t far = edit_distance(text, name); far < least) {
      least = far;
      best = name;
    }
  return best.empty() ? "" : "did you mean " + std::string(best) + "? ";
}

std::vector<std::string_view> result_names() {
  std::vector<std::string_view> names;
  for (const AnswerResult result : kAnswerResults) names.push_back(name(result));
  return names;
}

class Reading {
 public:
  OutcomeRulesFile run(std::string_view text) {
    const YamlDocument document = read_yaml(text);
    if (document.fault) faults_.add(*document.fault);
    else file(document.root);
    out_.faults = faults_.in_order();
    return std::move(out_);
  }

 private:
  void fault(const YamlNode& node, const std::string& text) { faults_.add(node, text); }
  template <class Each>
  void pairs(const YamlNode& mapping, const char* what, const Each& each) {
    each_pair(mapping, what, faults_, each);
  }

  void file(const YamlNode& root) {
    if (root.kind == Kind::null || (root.kind == Kind::mapping && root.items.empty()))
      return fault(root, "the file has no rules; write some, or unset OUTCOME_RULES");
    if (root.kind != Kind::mapping)
      return fault(root,
                   "expected operations, each with a list of rules, for example payment: [{when: {status: "
                   "error}, result: unknown}]");
    pairs(root, "the name of an operation",
          [this](const YamlNode& key, const YamlNode& value) { operation(key, value); });
  }

  void operation(const YamlNode& key, const YamlNode& value) {
    if (key.text != "*" && !is_name(key.text))
      fault(key, shown_yaml(key.text) +
                     " is not a valid operation name; give 1 to 64 characters of A-Z a-z 0-9 _ . "
                     ": -, or \"*\" for all operations");
    if (value.kind != Kind::sequence)
      return fault(
          value.kind == Kind::null ? key : value,
          "expected a list of rules for " + shown_yaml(key.text) + "; begin each with a dash: " + kARule);
    std::vector<OutcomeRule>& rules = out_.rules[key.text];
    for (const YamlNode& item : value.items) {
      if (++rules_ == limits::kOutcomeRulesMax + 1)
        fault(item, "there are more than " + std::to_string(limits::kOutcomeRulesMax) + " rules in this file");
      rules.push_back(rule(item));
    }
  }

  OutcomeRule rule(const YamlNode& node) {
    OutcomeRule rule;
    if (node.kind != Kind::mapping) {
      fault(node, std::string("expected a rule with when and result: ") + kARule);
      return rule;
    }
    static constexpr std::string_view kKeys[] = {"when", "result"};
    bool has_when = false;
    bool has_result = false;
    pairs(node, "when or result", [&](const YamlNode& key, const YamlNode& value) {
      if (key.text == "when") {
        has_when = true;
        when(key, value, rule);
      } else if (key.text == "result") {
        has_result = true;
        result(value, rule);
      } else {
        fault(key, shown_yaml(key.text) + " is not part of a rule; " + hint(key.text, kKeys) +
                       "allowed: when, result");
      }
    });
    if (!has_when) fault(node, "this rule has no when; say which members it is about: when: {status: error}");
    if (!has_result) fault(node, "this rule has no result; give one of " + listed(result_names()));
    return rule;
  }

  void result(const YamlNode& value, OutcomeRule& rule) {
    const std::vector<std::string_view> names = result_names();
    if (value.kind != Kind::scalar) return fault(value, "expected a result; give one of " + listed(names));
    if (const auto known = parse_answer_result(value.text)) rule.result = *known;
    else
      fault(value, shown_yaml(value.text) + " is not a result; " + hint(value.text, names) +
                       "allowed: " + listed(names));
  }

  void when(const YamlNode& key, const YamlNode& value, OutcomeRule& rule) {
    if (value.kind != Kind::mapping || value.items.empty())
      return fault(value.kind == Kind::null ? key : value,
                   "expected members of the answer and their values, for example when: {status: error}; a rule "
                   "without any would fit every answer");
    pairs(value, "the name of a member of the answer", [&](const YamlNode& member, const YamlNode& texts) {
      if (member.text.empty() || member.text.size() > limits::kOutcomeTextBytesMax)
        fault(member, "a member's name has 1 to " + std::to_string(limits::kOutcomeTextBytesMax) + " bytes");
      count_member(member);
      OutcomeCondition& condition = rule.when.emplace_back();
      condition.member = member.text;
      values(member, texts, condition);
    });
  }

  void count_member(const YamlNode& member) {
    if (member.text == "status" || member.text == "error" || members_.contains(member.text)) return;
    if (members_.size() == limits::kOutcomeMembersMax && !too_many_members_) {
      too_many_members_ = true;
      fault(member, "the rules of this file look at more than " + std::to_string(limits::kOutcomeMembersMax) +
                        " different members (status and error aside), " + shown_yaml(member.text) +
                        " is one too many");
    }
    if (!too_many_members_) members_.insert(member.text);
  }

  void values(const YamlNode& member, const YamlNode& node, OutcomeCondition& condition) {
    if (node.kind != Kind::sequence) return text(member, node, condition);
    if (node.items.empty())
      return fault(node, "this list is empty: no answer would fit; give at least one value");
    for (const YamlNode& item : node.items) text(item, item, condition);
  }

  // `where` is for what is not there at all.
  void text(const YamlNode& where, const YamlNode& node, OutcomeCondition& condition) {
    if (node.kind == Kind::null)
      return fault(where, "no value here; give a text, or \"null\" in quotes for JSON's null");
    if (node.kind != Kind::scalar)
      return fault(node,
                   "expected a text, a number, true or false, or a list of them; only members at the top "
                   "level of an answer can be compared");
    if (node.text.size() > limits::kOutcomeTextBytesMax)
      return fault(node, "a value has at most " + std::to_string(limits::kOutcomeTextBytesMax) + " bytes");
    if (++texts_ == limits::kOutcomeTextsMax + 1)
      fault(node, "there are more than " + std::to_string(limits::kOutcomeTextsMax) + " values in this file");
    condition.texts.push_back(node.text);
  }

  OutcomeRulesFile out_;
  YamlFaults faults_;
  std::size_t rules_ = 0;
  std::size_t texts_ = 0;
  std::set<std::string> members_;
  bool too_many_members_ = false;
};

}  // namespace

OutcomeRulesFile parse_outcome_rules(std::string_view text) {
  if (text.size() > limits::kOutcomeFileBytesMax)
    return {{}, {"the file is larger than " + std::to_string(limits::kOutcomeFileBytesMax) + " bytes"}};
  return Reading().run(text);
}

}  // namespace kgw
