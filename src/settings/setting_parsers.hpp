// The forms that settings have: a value's text goes in, what it says comes out. Pure. A parser gives back what
// is allowed ("a port from 0 to 65535") when it could not take the text, and an empty string when it could;
// what it then left in `out` is not to be used.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

using Allowed = std::string;

// The whole text is a decimal number in [low, high].
template <class Number>
bool parse_number(std::string_view text, Number low, Number high, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= low && out <= high;
}

// Seconds, or a number with s, m, h or d.
Allowed take_duration(std::string_view text, std::chrono::seconds low, std::chrono::seconds high,
                      std::chrono::seconds& out);
// true, yes, on, 1 and their opposites, in any case.
Allowed take_boolean(std::string_view text, bool& out);
// Bytes, or a number with K, M or G (powers of 1024).
Allowed take_bytes(std::string_view text, std::uint64_t& out);
// A credential that stands in an `Authorization` header: visible ASCII only, at least `length_min` characters.
Allowed take_bearer(std::string_view text, std::size_t length_min, std::string& out);
// Parts between commas, without the spaces around them; empty ones are left out.
std::vector<std::string> parse_list(std::string_view text);

}  // namespace kgw
