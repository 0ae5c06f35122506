// Base64 (RFC 4648): section 4's with padding, as headers and secrets have it, and section 5's without, as
// tokens have it (RFC 7515 2). No state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kgw {

std::string base64_encode(std::string_view bytes);
// Strict: returns nullopt on missing padding, white space or stray bits (RFC 4648 3.5).
std::optional<std::string> base64_decode(std::string_view text);

std::string base64url_encode(std::string_view bytes);
// Strict: returns nullopt on padding, white space or stray bits.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace kgw
