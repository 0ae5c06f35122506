// OrderFate: whether an order may have another request of the same operation, by what is known of the one that
// it has (PROTOCOL.md 1.6, "One payment an order"). Plain data.
#pragma once

#include <cstdint>
#include <optional>

#include "core/answer_result.hpp"

namespace kgw {

// The numbers stand in journals: never renumber.
enum class OrderFate : std::uint8_t {
  open = 0,   // its request is open, or nobody knows the outcome: taken as long as that lasts
  taken = 1,  // answered, and the answer does not say whether it was done
  paid = 2,   // done
  free = 3,   // surely not done
};

// What is certain only in the device's own words (`error`, `unclassified`) frees no order: a rule may say more
// (OUTCOME_RULES).
constexpr OrderFate fate_of(AnswerResult result) {
  switch (result) {
    case AnswerResult::success: return OrderFate::paid;
    case AnswerResult::declined:
    case AnswerResult::failed: return OrderFate::free;
    case AnswerResult::unknown: return OrderFate::open;
    case AnswerResult::error:
    case AnswerResult::unclassified: return OrderFate::taken;
  }
  return OrderFate::taken;
}

// Not kept: from a journal of an older version.
constexpr OrderFate fate_of(const std::optional<AnswerResult>& result) {
  return result ? fate_of(*result) : OrderFate::taken;
}

}  // namespace kgw
