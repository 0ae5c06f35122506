// AnswerResult: what an answer says about its operation (PROTOCOL.md 1.2, "What an answer says").
// wire/outcome_rules finds it out; the core only carries it. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kgw {

// The numbers stand in journals: never renumber.
enum class AnswerResult : std::uint8_t {
  unclassified = 0,  // no rule knows what the answer says
  success = 1,
  declined = 2,  // not done, for certain
  failed = 3,    // the kiosk's local service was never reached, for certain
  error = 4,     // the kiosk reports an error and says no more
  unknown = 5,   // nobody knows whether it was done
};

inline constexpr AnswerResult kAnswerResults[] = {AnswerResult::success, AnswerResult::declined,
                                                  AnswerResult::failed,  AnswerResult::error,
                                                  AnswerResult::unknown, AnswerResult::unclassified};

constexpr std::string_view name(AnswerResult result) {
  switch (result) {
    case AnswerResult::unclassified: return "unclassified";
    case AnswerResult::success: return "success";
    case AnswerResult::declined: return "declined";
    case AnswerResult::failed: return "failed";
    case AnswerResult::error: return "error";
    case AnswerResult::unknown: return "unknown";
  }
  return "unclassified";
}

// nullopt: `text` is none of the names (in small letters).
constexpr std::optional<AnswerResult> parse_answer_result(std::string_view text) {
  for (const AnswerResult result : kAnswerResults)
    if (text == name(result)) return result;
  return std::nullopt;
}

}  // namespace kgw
