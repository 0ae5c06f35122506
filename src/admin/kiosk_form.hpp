// Parses what callers of the admin API send about kiosks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kgw {

struct KioskForm {
  std::optional<std::string> id;
  std::optional<std::string> name;
  std::optional<std::string> token;
  std::optional<bool> enabled;
  std::optional<bool> force;
  std::optional<std::uint32_t> max_in_flight;  // 0: back to the default
};

// Which members are allowed; any other is rejected by name, so that a typo is not silently ignored.
enum class KioskFormUse : std::uint8_t { add, change, token };

// An empty body is {}. Errors: invalid_json with the offset, invalid_argument naming the member.
Result<KioskForm> parse_kiosk_form(std::string_view json, KioskFormUse use);

// True for at most 128 Unicode characters without control characters.
bool is_kiosk_title(std::string_view text);

// An operator's test request: {"operation","timeout","body"}.
struct TestForm {
  std::string operation;
  std::string timeout;  // in seconds; empty: the gateway's default
  std::string body;     // the object's bytes as given
};
Result<TestForm> parse_test_form(std::string_view json);

}  // namespace kgw
