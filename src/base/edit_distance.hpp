// The distance between two names, for "did you mean". Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace kgw {

// Returns how many characters must be inserted, deleted or replaced to turn one into the other, ignoring
// ASCII case.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace kgw
