// Base64url without padding (RFC 4648 5, RFC 7515 2). No state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kgw {

std::string base64url_encode(std::string_view bytes);
// Strict: returns nullopt on padding, white space or stray bits (RFC 4648 3.5).
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace kgw
