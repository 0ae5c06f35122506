#include "settings/setting_parsers.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"

namespace kgw {

Allowed take_duration(std::string_view text, std::chrono::seconds low, std::chrono::seconds high,
                      std::chrono::seconds& out) {
  std::string allowed = "a duration from " + std::to_string(low.count()) + " to " +
                        std::to_string(high.count()) + " seconds, like 45, 45s, 10m, 24h or 30d";
  std::int64_t unit = 1;
  if (!text.empty()) {
    switch (text.back()) {
      case 's': unit = 1; break;
      case 'm': unit = 60; break;
      case 'h': unit = 3600; break;
      case 'd': unit = 86400; break;
      default: unit = 0;
    }
    if (unit != 0) text.remove_suffix(1);
    else unit = 1;
  }
  std::int64_t number = 0;
  if (!parse_number<std::int64_t>(text, 0, 1'000'000'000'000, number)) return allowed;
  out = std::chrono::seconds(number * unit);
  return out < low || out > high ? allowed : "";
}

Allowed take_boolean(std::string_view text, bool& out) {
  const std::string lower = ascii::lowered(text);
  if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") out = true;
  else if (lower == "false" || lower == "0" || lower == "no" || lower == "off") out = false;
  else return "true or false";
  return "";
}

Allowed take_bytes(std::string_view text, std::uint64_t& out) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    const char last = text.back();
    if (last == 'k' || last == 'K') unit = 1024;
    if (last == 'm' || last == 'M') unit = 1024 * 1024;
    if (last == 'g' || last == 'G') unit = 1024 * 1024 * 1024;
    if (unit != 1) text.remove_suffix(1);
  }
  if (!parse_number<std::uint64_t>(text, 0, 1'000'000'000'000ULL / unit, out))
    return "a number of bytes, like 1000000, 500M or 2G; 0 for no limit";
  out *= unit;
  return "";
}

Allowed take_bearer(std::string_view text, std::size_t length_min, std::string& out) {
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible || text.size() < length_min)
    return "at least " + std::to_string(length_min) + " characters: ASCII letters, digits and signs, no spaces";
  out = text;
  return "";
}

Allowed take_operation_limits(std::string_view text, OperationLimits& out) {
  static_assert(limits::kOperationLimitsMax == 8 && limits::kMaxInFlightMax == 1000);
  const std::string allowed = "operations and numbers from 1 to 1000, like payment=1,fiscal=1; at most 8";
  out.clear();
  for (const std::string& item : parse_list(text)) {
    const std::size_t sign = item.find('=');
    const std::string_view operation = std::string_view(item).substr(0, sign);
    std::uint32_t most = 0;
    if (sign == std::string::npos || !is_name(operation) ||
        !parse_number<std::uint32_t>(std::string_view(item).substr(sign + 1), 1, limits::kMaxInFlightMax, most))
      return allowed;
    if (line_of(out, operation) != 0) return "each operation once, like payment=1,fiscal=1";
    if (out.size() == limits::kOperationLimitsMax) return allowed;
    out.push_back({std::string(operation), most});
  }
  return "";
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

}  // namespace kgw
