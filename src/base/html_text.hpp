// Text as HTML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// '&', '<', '>' and '"' as entities; bytes that are no UTF-8 become U+FFFD.
std::string escape_html(std::string_view text);

}  // namespace kgw
