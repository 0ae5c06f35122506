#include "base/json_text.hpp"

#include "base/hex.hpp"
#include "base/text_blocks.hpp"

namespace kgw {
namespace {

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u00";
  out.append(hex::pair(c), 2);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const special = text::find_special(at, end);
    out.append(at, special);
    at = special;
    if (at == end) break;
    if (text::byte(*at) < 0x80) {
      append_escape(out, text::byte(*at++));
    } else if (const std::size_t size = text::utf8_sequence(at, end); size != 0) {
      out.append(at, size);
      at += size;
    } else {
      out += "\xef\xbf\xbd";
      ++at;
    }
  }
  out += '"';
}

}  // namespace kgw
