// Parses what callers of the admin API send about API keys.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kgw {

struct KeyForm {
  std::string name;
  std::string owner;  // empty: the same as the name
  std::uint8_t scopes = 0;
  std::vector<std::string> kiosks;
  std::uint32_t rate_per_second = 0;
  std::optional<std::chrono::seconds> expires_in;
};

// Parses {"name","scopes":[...]} with optional "owner", "kiosks", "rate_per_second" and "expires_in_seconds".
// Errors: invalid_json, invalid_argument naming the member.
Result<KeyForm> parse_key_form(std::string_view json);

// The name of the gateway's own key; no other key may have it, as its bearer could pass for the operator.
inline constexpr std::string_view kAdminKeyName = "admin";

// True for a kiosk id in which '*' stands for any characters.
bool is_key_pattern(std::string_view text);

// Parses {"overlap_seconds"}; if absent: kRotationOverlap.
inline constexpr std::chrono::seconds kRotationOverlap = std::chrono::hours(24);
Result<std::chrono::seconds> parse_rotation_form(std::string_view json);

}  // namespace kgw
