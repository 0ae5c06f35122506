// Whether a secret could be guessed: by rule, since nobody knows all placeholders. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kgw {

// Why somebody may guess this secret ("it is shorter than 32 bytes"); empty: it looks random. `length_min`:
// bytes that are still long enough when everything that says nothing is left out. Never shows any of it.
std::string weakness_of(std::string_view secret, std::size_t length_min);

}  // namespace kgw
