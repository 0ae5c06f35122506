// How far two names are apart: for "did you mean". Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace kgw {

// How many characters have to be put in, taken out or replaced to make one of the other, in any case.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace kgw
