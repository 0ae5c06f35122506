// Escapes text for HTML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// Writes '&', '<', '>' and '"' as entities; a byte that is not part of valid UTF-8, and a zero byte, become
// U+FFFD.
std::string escape_html(std::string_view text);

}  // namespace kgw
