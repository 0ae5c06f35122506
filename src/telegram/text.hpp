// Text for Telegram: HTML with a handful of tags, measured in UTF-16 code units. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/html_text.hpp"  // whoever writes messages escapes what is not theirs

namespace kgw::telegram {

// Telegram's limit after removing markup; measured here with it, which is never less.
inline constexpr std::size_t kMessageUnitsMax = 4096;

// Requires valid UTF-8.
std::size_t utf16_units(std::string_view text);
// Cuts `html` to `units_max` code units, including an ellipsis if anything was cut: never inside a tag, an
// entity or a character, and every open tag is closed. Requires our own HTML: balanced tags, '<' and '&' only
// as markup.
std::string cut_html(std::string_view html, std::size_t units_max = kMessageUnitsMax);
// The same for text without markup.
std::string cut_plain(std::string_view text, std::size_t units_max);
// Blanks are what keyboards put between words: ASCII's white space and Unicode's (no-break spaces, U+2000 to
// U+200B, U+3000 etc.). Return the position of the first blank, and of the first character that is none;
// text.size() if there is none.
std::size_t find_blank(std::string_view text, std::size_t from = 0);
std::size_t skip_blanks(std::string_view text, std::size_t from = 0);
// Without blanks at both ends.
std::string_view trim(std::string_view text);
// Parses "+3", "-3:30", "+05:45", "UTC+3", "0", with a minus sign as phones write it too: UTC-12 to UTC+14,
// in minutes.
std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text);
// "UTC+5:30".
std::string utc_offset_text(std::chrono::minutes offset);
// Removes the tags and resolves entities.
std::string plain_of(std::string_view html);
// Masks numbers that may be a card's (13 to 19 digits, with spaces and dashes between them, valid check
// digit) except for the first six and the last four digits.
std::string mask_cards(std::string_view text);

}  // namespace kgw::telegram
