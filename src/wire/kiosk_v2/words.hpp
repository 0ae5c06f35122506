// The words that stand for enumerators in protocol v2's messages. No state; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "wire/kiosk_v2/messages.hpp"

namespace kgw::kiosk_v2 {

// In the order of the enumerators.
inline constexpr std::array<std::string_view, 5> kDeclineReasons{"expired", "cancelled", "busy", "precondition",
                                                                 "other"};
inline constexpr std::array<std::string_view, 3> kResultHows{"answer", "lookup", "interrupted"};

constexpr std::string_view word_of(DeclineReason reason) {
  return kDeclineReasons[static_cast<std::size_t>(reason)];
}
constexpr std::string_view word_of(ResultHow how) { return kResultHows[static_cast<std::size_t>(how)]; }

static_assert(word_of(DeclineReason::other) == "other" && word_of(ResultHow::interrupted) == "interrupted");

}  // namespace kgw::kiosk_v2
