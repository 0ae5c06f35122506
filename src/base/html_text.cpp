#include "base/html_text.hpp"

#include "base/text_blocks.hpp"

namespace kgw {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = text::character_bytes(text, at);
    const char c = text[at];
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (size == 1 && (text::byte(c) >= 0x80 || c == '\0')) out += "\xef\xbf\xbd";
    else out.append(text, at, size);
    at += size;
  }
  return out;
}

}  // namespace kgw
