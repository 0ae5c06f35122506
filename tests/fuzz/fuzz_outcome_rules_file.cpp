// The file of OUTCOME_RULES: every fault names a place in the text, in one line of UTF-8; rules without faults
// are within their bounds and, written down again, are the same rules.
#include <algorithm>
#include <string>

#include "base/ascii.hpp"
#include "base/check.hpp"
#include "settings/outcome_rules_file.hpp"
#include "wire/json_scan.hpp"

namespace {

using namespace kgw;

std::string quoted(const std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      (out += "\\x") += kDigits[byte >> 4];
      out += kDigits[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string written(const OutcomeRuleMap& rules) {
  std::string out = "---\n";
  for (const auto& [operation, list] : rules) {
    out += quoted(operation) + ":" + (list.empty() ? " []" : "") + "\n";
    for (const OutcomeRule& rule : list) {
      out += "  - result: " + std::string(name(rule.result)) + "\n    when:\n";
      for (const OutcomeCondition& condition : rule.when) {
        out += "      ? " + quoted(condition.member) + "\n      : [";
        for (const std::string& text : condition.texts) out += quoted(text) + ", ";
        out += "]\n";
      }
    }
  }
  return out;
}

void check_fault(const std::string& fault, std::string_view text) {
  KGW_CHECK(is_utf8(fault) && fault.find_first_of("\n\r") == std::string::npos && fault.size() < 1000);
  if (!fault.starts_with("line ")) {
    KGW_CHECK(fault.starts_with("and ") || text.size() > limits::kOutcomeFileBytesMax);
    return;
  }
  const std::string digits = fault.substr(5, fault.find(',') - 5);
  const auto line = ascii::parse_decimal(digits);
  KGW_CHECK(line && *line >= 1);
  KGW_CHECK(*line <= 1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const OutcomeRulesFile file = parse_outcome_rules(text);
  KGW_CHECK(file.faults.size() <= 101);
  for (const std::string& fault : file.faults) check_fault(fault, text);
  if (!file.faults.empty()) return 0;

  for (const auto& [operation, rules] : file.rules)
    for (const OutcomeRule& rule : rules) {
      KGW_CHECK(!rule.when.empty());
      for (const OutcomeCondition& condition : rule.when) {
        KGW_CHECK(!condition.member.empty() && !condition.texts.empty());
        for (const std::string& one : condition.texts) KGW_CHECK(is_utf8(one));
      }
    }
  const OutcomeRules rules(file.rules);
  KGW_CHECK(rules.members().size() <= OutcomeRules::kMembersMax);
  (void)rules.classify("payment", R"({"status":"error","error":"x"})");
  const std::string again = written(file.rules);
  if (again.size() > limits::kOutcomeFileBytesMax) return 0;
  const OutcomeRulesFile second = parse_outcome_rules(again);
  KGW_CHECK(second.faults.empty());
  KGW_CHECK(second.rules == file.rules);
  return 0;
}
