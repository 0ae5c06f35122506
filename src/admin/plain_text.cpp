#include "admin/plain_text.hpp"

#include "wire/json_scan.hpp"

namespace kgw {

bool is_plain_text(std::string_view text, std::size_t chars_max) {
  if (!is_utf8(text)) return false;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    // U+0080 to U+009F, the other control characters
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    characters += (byte & 0xc0) != 0x80;
  }
  return characters <= chars_max;
}

}  // namespace kgw
