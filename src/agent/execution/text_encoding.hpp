// The one-byte encodings in which vendors' programs write Russian. No state, no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kgw {

enum class TextEncoding : std::uint8_t { utf8, cp866, cp1251 };

// What is not valid in the encoding becomes U+FFFD.
std::string to_utf8(std::string_view bytes, TextEncoding encoding);

}  // namespace kgw
