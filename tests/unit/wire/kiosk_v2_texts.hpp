// What the tests of protocol v2's messages share: ids, and a shorthand for texts.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace kgw::kiosk_v2 {

inline constexpr std::string_view kIdText = "01937a5e-0000-7000-8000-0123456789ab";
inline constexpr std::string_view kOtherText = "5f0c3b1e-7d2a-4c7e-9a51-0e8f6f1c2d3b";
inline const RequestId kId = *RequestId::parse(kIdText);
inline const RequestId kOther = *RequestId::parse(kOtherText);

// '@' stands for one id, '#' for another, and ' for ".
inline std::string full(std::string_view shorthand) {
  std::string text;
  for (const char c : shorthand) {
    if (c == '@') text += kIdText;
    else if (c == '#') text += kOtherText;
    else text += c == '\'' ? '"' : c;
  }
  return text;
}

// An object that is nested so deep.
inline std::string nested(std::size_t depth) {
  std::string text = "{\"a\":";
  for (std::size_t i = 1; i < depth; ++i) text += '[';
  text += '1';
  for (std::size_t i = 1; i < depth; ++i) text += ']';
  return text + '}';
}

// An object of so many bytes.
inline std::string object_of(std::size_t bytes) { return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}"; }

}  // namespace kgw::kiosk_v2
