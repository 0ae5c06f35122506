// Parsers for the forms that settings have. Pure. A parser returns "" on success; otherwise it returns what
// is allowed ("a port from 0 to 65535"), and `out` must not be used.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/operation_limits.hpp"

namespace kgw {

// Why a value was refused: what to give instead ("a port from 0 to 65535"), or kBecause and what is wrong with
// it. Empty: it was taken.
using Allowed = std::string;
inline constexpr std::string_view kBecause = ": ";

// Returns whether the whole text is a decimal number in [low, high].
template <class Number>
bool parse_number(std::string_view text, Number low, Number high, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= low && out <= high;
}

// Seconds, or a number followed by s, m, h or d.
Allowed take_duration(std::string_view text, std::chrono::seconds low, std::chrono::seconds high,
                      std::chrono::seconds& out);
// true, yes, on, 1 and their opposites, in any case.
Allowed take_boolean(std::string_view text, bool& out);
// Bytes, or a number followed by K, M or G (powers of 1024).
Allowed take_bytes(std::string_view text, std::uint64_t& out);
// A credential for an `Authorization` header: visible ASCII only, at least `length_min` characters.
Allowed take_bearer(std::string_view text, std::size_t length_min, std::string& out);
// "payment=1,fiscal=1": operations, each once, and how many of its requests may be out at a kiosk at a time.
Allowed take_operation_limits(std::string_view text, OperationLimits& out);
// Splits at commas; trims spaces and drops empty parts.
std::vector<std::string> parse_list(std::string_view text);

}  // namespace kgw
