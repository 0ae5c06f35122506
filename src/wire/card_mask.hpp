// Card-like numbers in texts that people are shown (PROTOCOL.md 5): 13 to 19 digits, alone or in groups with
// single spaces or hyphens between them, that pass Luhn's check. All but the first six and the last four digits
// become '*'. No state.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

std::string mask_cards(std::string_view text);
// The same in every string, name and number of a valid JSON text; a number that is masked becomes a string.
// Everything else stays byte for byte.
std::string mask_cards_in_json(std::string_view json);

}  // namespace kgw
