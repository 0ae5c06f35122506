// The file that OUTCOME_RULES names: what answers say, per operation (PROTOCOL.md 1.2, docs/outcomes.md).
//
//   payment:
//     - when: {status: error, response_code: ["91", "96"]}
//       result: unknown
//   "*":
//     - when: {approved: false}
//       result: declined
//
// Pure: the text goes in. A wrong rule could call an unpaid order paid, so nothing is guessed: whatever is not
// plainly a rule is a fault.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/outcome_rules.hpp"

namespace kgw {

struct OutcomeRulesFile {
  OutcomeRuleMap rules;  // of no use when there are faults
  // In the order of the file, each "line 3, column 5: ..." without its full stop, saying what is allowed. All
  // at once, up to a hundred; of what is not YAML only the first.
  std::vector<std::string> faults;
};

// `text` is the whole file, at most limits::kOutcomeFileBytesMax. Rules without faults keep OutcomeRules'
// REQUIRES.
OutcomeRulesFile parse_outcome_rules(std::string_view text);

}  // namespace kgw
