#include "wire/shown/card_mask.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::size_t kDigitsMin = 13;
constexpr std::size_t kDigitsMax = 19;
constexpr std::size_t kShownFirst = 6;
constexpr std::size_t kShownLast = 4;

using Places = std::array<std::size_t, kDigitsMax>;

bool passes_luhn(std::string_view text, const Places& places, std::size_t count) {
  int sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int digit = text[places[i]] - '0';
    if ((count - i) % 2 == 0) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
  }
  return sum % 10 == 0;
}

// Finds the digits that begin at `at`, across single separators; returns how many, at most kDigitsMax.
std::size_t digits_from(std::string_view text, std::size_t at, Places& places) {
  std::size_t count = 0;
  while (at < text.size() && count < kDigitsMax) {
    if (ascii::is_digit(text[at])) places[count++] = at;
    else if ((text[at] != ' ' && text[at] != '-') || !ascii::is_digit(text[at - 1])) break;
    ++at;
  }
  return count;
}

// Returns the number of digits of the longest card number that begins at `at`, or 0. It ends where a group
// ends, so that an expiry date behind it does not hide it.
std::size_t card_at(std::string_view text, std::size_t at, Places& places) {
  for (std::size_t count = digits_from(text, at, places); count >= kDigitsMin; --count) {
    const std::size_t behind = places[count - 1] + 1;
    if (behind < text.size() && ascii::is_digit(text[behind])) continue;
    if (passes_luhn(text, places, count)) return count;
  }
  return 0;
}

// The size of the string token at the front of a valid text, both quotes included.
std::size_t string_size(std::string_view json) {
  std::size_t at = 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return std::min(at + 1, json.size());
}

}  // namespace

std::string mask_cards(std::string_view text) {
  std::string out(text);
  Places places{};
  for (std::size_t at = 0; at + kDigitsMin <= text.size(); ++at) {
    if (!ascii::is_digit(text[at]) || (at > 0 && ascii::is_digit(text[at - 1]))) continue;
    const std::size_t count = card_at(text, at, places);
    if (count == 0) continue;
    for (std::size_t i = kShownFirst; i < count - kShownLast; ++i) out[places[i]] = '*';
    at = places[count - 1];
  }
  return out;
}

std::string mask_cards_in_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::string_view rest = json.substr(at);
    if (rest[0] == '"') {
      const std::string_view token = rest.substr(0, string_size(rest));
      const std::string plain = json_unescape(token);  // digits may be escaped
      const std::string masked = mask_cards(plain);
      if (masked == plain) out.append(token);
      else append_json_string(out, masked);
      at += token.size();
    } else if (ascii::is_digit(rest[0]) || rest[0] == '-') {
      const std::string_view number = rest.substr(0, rest.find_first_of(" \t\r\n,]}"));
      const std::string masked = mask_cards(number);
      if (masked == number) out.append(number);
      else out.append("\"").append(masked).append("\"");
      at += number.size();
    } else {
      out.push_back(rest[0]);
      ++at;
    }
  }
  return out;
}

}  // namespace kgw
