// Bytes as protocols see them: ASCII only, independent of the locale. No state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgw::ascii {

// Branchless: header names are lowered byte by byte on the way to the kiosk.
constexpr char lower(char c) { return static_cast<char>(c | (static_cast<unsigned char>(c - 'A') < 26) << 5); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }

inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

// A character of an RFC 9110 5.6.2 token.
constexpr bool is_token_char(char c) {
  return is_alnum(c) || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

// Returns the value of 1 to 19 decimal digits, or nullopt for anything else: a sign, a space, a longer
// number.
constexpr std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// Without the spaces and tabs around it (RFC 9110's OWS).
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls `visit` with each non-empty element of a comma-separated list (RFC 9110 5.6.1).
template <class Visit>
constexpr void for_each_in_list(std::string_view list, Visit visit) {
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim(list.substr(0, comma));
    if (!element.empty()) visit(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace kgw::ascii
