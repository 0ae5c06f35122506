// Masks what looks like a card number in text shown to people (PROTOCOL.md 5): 13 to 19 digits, in one piece
// or in groups separated by single spaces or hyphens, that pass the Luhn check. All digits but the first six
// and the last four become '*'. No state.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

std::string mask_cards(std::string_view text);
// Masks every string, member name and number of a JSON text; a masked number becomes a string. All other
// bytes are unchanged. Requires valid JSON.
std::string mask_cards_in_json(std::string_view json);

}  // namespace kgw
