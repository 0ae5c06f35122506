// Whether a secret could be guessed, by rules, as no list of placeholders is ever complete. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kgw {

// Returns why this secret may be guessed ("it is shorter than 32 bytes"), or "" if it looks random.
// `length_min`: bytes that must remain once dictionary words are left out. Never shows any part of the
// secret.
std::string weakness_of(std::string_view secret, std::size_t length_min);

}  // namespace kgw
