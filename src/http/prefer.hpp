// Prefer (RFC 7240): how a caller would like to be answered. No state.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace kgw {

struct Preferences {
  bool respond_async = false;                // section 4.1
  std::optional<std::chrono::seconds> wait;  // section 4.3; at most a day
};

// Adds what a Prefer field's value asks for to `out`, of which what is there already stays: of two that say
// different things the first counts (section 2), in one field or in several. What is unknown or malformed is
// ignored, one preference at a time.
void read_prefer(std::string_view value, Preferences& out);

}  // namespace kgw
