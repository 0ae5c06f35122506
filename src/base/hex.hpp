// Hexadecimal digits, and the percent-encoding built on them (RFC 3986 2.1). No state.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ascii.hpp"

namespace kgw {
namespace hex {

inline constexpr std::string_view kDigits = "0123456789abcdef";

// The value of each byte as a hexadecimal digit of either case, or -1.
inline constexpr auto kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 16; ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  for (std::size_t i = 10; i < 16; ++i)
    values[static_cast<unsigned char>(kDigits[i] - 'a' + 'A')] = static_cast<std::int8_t>(i);
  return values;
}();

// The two digits of each byte, one pair after another.
inline constexpr auto kPairs = [] {
  std::array<char, 512> pairs{};
  for (std::size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = kDigits[i >> 4];
    pairs[2 * i + 1] = kDigits[i & 15];
  }
  return pairs;
}();

constexpr int value(char c) { return kValues[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) { return value(c) >= 0; }
// Returns the byte that two digits form, or a negative number if either is not a digit.
constexpr int byte(char high, char low) {
  const int h = value(high);
  const int l = value(low);
  return (h | l) < 0 ? -1 : h << 4 | l;
}
// Returns the byte's two lower-case digits; not null-terminated.
constexpr const char* pair(std::uint8_t of) { return &kPairs[std::size_t{2} * of]; }

inline std::string text(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::uint8_t one : bytes) out.append(pair(one), 2);
  return out;
}

// Decodes `digits` into `out`. Returns false, with `out` unspecified, unless they are valid and fill `out`
// exactly.
inline bool read(std::string_view digits, std::span<std::uint8_t> out) {
  if (digits.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int one = byte(digits[2 * i], digits[2 * i + 1]);
    if (one < 0) return false;
    out[i] = static_cast<std::uint8_t>(one);
  }
  return true;
}

}  // namespace hex

// Decodes every "%41"; nullopt if a '%' is not followed by two digits. '+' stays '+'.
inline std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int byte = hex::byte(text[i + 1], text[i + 2]);
    if (byte < 0) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

inline void append_percent_byte(std::string& out, char c) {
  constexpr std::string_view kCapitals = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kCapitals[byte >> 4];
  out += kCapitals[byte & 15];
}

// Appends letters, digits and the characters of `kept` unchanged and every other byte as "%41".
inline void append_percent_encoded(std::string& out, std::string_view text, std::string_view kept) {
  for (const char c : text) {
    if (ascii::is_alnum(c) || kept.find(c) != std::string_view::npos) out += c;
    else append_percent_byte(out, c);
  }
}

}  // namespace kgw
