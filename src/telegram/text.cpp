#include "telegram/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "base/ascii.hpp"
#include "base/text_blocks.hpp"

namespace kgw::telegram {
namespace {

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

std::size_t units_of(std::size_t bytes) { return bytes == 4 ? 2 : 1; }

// Returns the complete tag, entity or character at `at`.
std::string_view piece(std::string_view html, std::size_t at) {
  const char first = html[at];
  if (first != '<' && first != '&') return html.substr(at, text::character_bytes(html, at));
  const std::size_t end = html.find(first == '<' ? '>' : ';', at);
  return html.substr(at, end == std::string_view::npos ? 1 : end - at + 1);
}

std::string_view tag_name(std::string_view tag) {
  const std::size_t from = tag.starts_with("</") ? 2 : 1;
  return tag.substr(from, tag.find_first_of(" >", from) - from);
}

using ascii::is_digit;

// The check digit of ISO/IEC 7812.
bool luhn(std::string_view digits) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    unsigned value = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    if (i % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

}  // namespace

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = text::character_bytes(text, at);
    units += units_of(size);
    at += size;
  }
  return units;
}

std::string cut_html(std::string_view html, std::size_t units_max) {
  if (utf16_units(html) <= units_max) return std::string(html);
  std::string out;
  std::size_t units = 0;
  std::size_t closing = 0;  // units needed to close what is open
  std::vector<std::string_view> open;
  for (std::size_t at = 0; at < html.size();) {
    const std::string_view one = piece(html, at);
    const bool tag = one.size() > 1 && one.front() == '<';
    const bool closes = tag && one[1] == '/';
    const std::size_t close_units = tag ? tag_name(one).size() + 3 : 0;
    const std::size_t needs = utf16_units(one) + (tag && !closes ? close_units : 0);
    if (!closes && units + needs + closing + 1 > units_max) break;
    if (closes && !open.empty()) {
      open.pop_back();
      closing -= close_units;
    } else if (tag) {
      open.push_back(tag_name(one));
      closing += close_units;
    }
    units += utf16_units(one);
    out += one;
    at += one.size();
  }
  out += kEllipsis;
  for (; !open.empty(); open.pop_back()) out.append("</").append(open.back()).append(">");
  return out;
}

std::string cut_plain(std::string_view text, std::size_t units_max) {
  if (utf16_units(text) <= units_max) return std::string(text);
  std::size_t at = 0;
  for (std::size_t units = 0; at < text.size();) {
    const std::size_t size = text::character_bytes(text, at);
    if (units + units_of(size) + 1 > units_max) break;
    units += units_of(size);
    at += size;
  }
  return std::string(text.substr(0, at)).append(kEllipsis);
}

std::string plain_of(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; at < html.size();) {
    const std::string_view one = piece(html, at);
    at += one.size();
    if (one == "&amp;") out += '&';
    else if (one == "&lt;") out += '<';
    else if (one == "&gt;") out += '>';
    else if (one == "&quot;") out += '"';
    else if (one.size() == 1 || one.front() != '<') out += one;
  }
  return out;
}

std::string mask_cards(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; at < out.size();) {
    if (!is_digit(out[at])) {
      ++at;
      continue;
    }
    std::string digits;
    std::vector<std::size_t> places;
    std::size_t end = at;
    for (; end < out.size(); ++end) {
      if (is_digit(out[end])) {
        digits += out[end];
        places.push_back(end);
      } else if ((out[end] != ' ' && out[end] != '-') || end + 1 == out.size() || !is_digit(out[end + 1])) {
        break;
      }
    }
    if (digits.size() >= 13 && digits.size() <= 19 && luhn(digits))
      for (std::size_t i = 6; i + 4 < places.size(); ++i) out[places[i]] = '*';
    at = end;
  }
  return out;
}

namespace {

// The size of the blank that begins there, or 0.
std::size_t blank_bytes(std::string_view text, std::size_t at) {
  static constexpr std::string_view kWide[] = {"\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xAF",
                                               "\xE2\x81\x9F", "\xE2\x81\xA0", "\xE2\x80\xA8",
                                               "\xE2\x80\xA9", "\xE3\x80\x80", "\xEF\xBB\xBF"};
  const std::string_view rest = text.substr(at);
  if (rest.empty()) return 0;
  if (rest[0] == ' ' || (rest[0] >= '\t' && rest[0] <= '\r')) return 1;
  for (const std::string_view wide : kWide)
    if (rest.starts_with(wide)) return wide.size();
  // U+2000 to U+200B.
  const bool space =
      rest.starts_with("\xE2\x80") && rest.size() > 2 && static_cast<unsigned char>(rest[2]) <= 0x8B;
  return space ? 3 : 0;
}

}  // namespace

std::size_t find_blank(std::string_view text, std::size_t from) {
  while (from < text.size() && blank_bytes(text, from) == 0) ++from;
  return std::min(from, text.size());
}

std::size_t skip_blanks(std::string_view text, std::size_t from) {
  while (const std::size_t bytes = from < text.size() ? blank_bytes(text, from) : 0) from += bytes;
  return std::min(from, text.size());
}

std::string_view trim(std::string_view text) {
  text.remove_prefix(skip_blanks(text));
  std::size_t end = text.size();
  for (std::size_t at = 0; at < text.size();) {
    at = end = find_blank(text, at);
    at = skip_blanks(text, at);
  }
  return text.substr(0, end);
}

std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text) {
  using std::chrono::minutes;
  constexpr std::string_view kMinusSign = "\xE2\x88\x92";
  if (text.starts_with("UTC") || text.starts_with("utc")) text.remove_prefix(3);
  const bool west = text.starts_with('-') || text.starts_with(kMinusSign);
  if (text.starts_with(kMinusSign)) text.remove_prefix(kMinusSign.size());
  else if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view hour = text.substr(0, colon);
  const std::string_view minute = colon < text.size() ? text.substr(colon + 1) : "00";
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 2 && part.find_first_not_of("0123456789") == part.npos;
  };
  if (!is_digits(hour) || !is_digits(minute) || minute.size() != 2) return std::nullopt;
  int hours = 0;
  int more = 0;
  std::from_chars(hour.data(), hour.data() + hour.size(), hours);
  std::from_chars(minute.data(), minute.data() + minute.size(), more);
  const minutes offset = west ? -minutes(hours * 60 + more) : minutes(hours * 60 + more);
  if (more > 59 || offset < minutes(-12 * 60) || offset > minutes(14 * 60)) return std::nullopt;
  return offset;
}

std::string utc_offset_text(std::chrono::minutes offset) {
  const auto count = std::abs(offset.count());
  std::string text = offset.count() < 0 ? "UTC-" : "UTC+";
  text += std::to_string(count / 60);
  if (count % 60 != 0) text.append(count % 60 < 10 ? ":0" : ":").append(std::to_string(count % 60));
  return text;
}

}  // namespace kgw::telegram
