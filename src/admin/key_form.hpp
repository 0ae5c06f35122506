// What callers of the admin API send about API keys, checked.
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
  std::string owner;  // empty: the name's
  std::uint8_t scopes = 0;
  std::vector<std::string> kiosks;
  std::uint32_t rate_per_second = 0;
  std::optional<std::chrono::seconds> expires_in;
};

// {"name","scopes":[...]} and, if one likes, "owner", "kiosks", "rate_per_second", "expires_in_seconds".
// Errors: invalid_json, invalid_argument naming the member.
Result<KeyForm> parse_key_form(std::string_view json);

// The admin key's own name: whoever bore it could pass for the gateway's operator.
inline constexpr std::string_view kAdminKeyName = "admin";

// A kiosk's id in which '*' stands for any characters.
bool is_key_pattern(std::string_view text);

// {"overlap_seconds"}; absent: kRotationOverlap.
inline constexpr std::chrono::seconds kRotationOverlap = std::chrono::hours(24);
Result<std::chrono::seconds> parse_rotation_form(std::string_view json);

}  // namespace kgw
