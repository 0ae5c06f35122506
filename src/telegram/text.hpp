// Text as Telegram takes it: HTML with a handful of tags, counted in UTF-16 code units. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/html_text.hpp"  // whoever writes messages escapes what is not theirs

namespace kgw::telegram {

// What a message may have after its markup is taken away; counted here with it, which is never less.
inline constexpr std::size_t kMessageUnitsMax = 4096;

// UTF-16 code units; of valid UTF-8.
std::size_t utf16_units(std::string_view text);
// At most `units_max` code units of `html`, an ellipsis among them when something was cut: never inside a tag,
// an entity or a character, and every tag that was opened is closed. REQUIRES html of our own making: tags are
// balanced, '<' and '&' stand for nothing else.
std::string cut_html(std::string_view html, std::size_t units_max = kMessageUnitsMax);
// The same of text without markup.
std::string cut_plain(std::string_view text, std::size_t units_max);
// What keyboards put between words: ASCII's white space and Unicode's (no-break spaces, U+2000 to U+200B,
// U+3000 and such). Where the first one begins, or where the first other character does; text.size(): nowhere.
std::size_t find_blank(std::string_view text, std::size_t from = 0);
std::size_t skip_blanks(std::string_view text, std::size_t from = 0);
// Without blanks at its ends.
std::string_view trim(std::string_view text);
// "+3", "-3:30", "+05:45", "UTC+3", "0", a minus sign as phones write it too: from UTC-12 to UTC+14, in
// minutes.
std::optional<std::chrono::minutes> parse_utc_offset(std::string_view text);
// "UTC+5:30".
std::string utc_offset_text(std::chrono::minutes offset);
// Without its tags, entities resolved.
std::string plain_of(std::string_view html);
// Numbers that a card could have (13 to 19 digits, spaces and dashes between them, a right check digit) keep
// their first six digits and last four.
std::string mask_cards(std::string_view text);

}  // namespace kgw::telegram
