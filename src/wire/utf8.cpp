// UTF-8 (RFC 3629), complete and in pieces: ASCII is skipped 16 bytes at a time. No state but Utf8Stream's
// own.
// Implements wire/json_scan.hpp.
#include "base/text_blocks.hpp"
#include "wire/json_scan.hpp"

namespace kgw {

bool is_utf8(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  for (;;) {
    p = text::find_non_ascii(p, end);
    // Text that is not ASCII rarely goes back to it for 16 bytes, so runs of sequences stay here.
    while (p != end && text::byte(*p) >= 0x80) {
      const std::size_t length = text::utf8_sequence(p, end);
      if (length == 0) return false;
      p += length;
    }
    if (p == end) return true;
  }
}

std::string as_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  const char* const end = bytes.data() + bytes.size();
  for (const char* p = bytes.data(); p != end;) {
    const std::size_t length = text::byte(*p) < 0x80 ? 1 : text::utf8_sequence(p, end);
    if (length == 0) out += "\xef\xbf\xbd";
    else out.append(p, length);
    p += length == 0 ? 1 : length;
  }
  return out;
}

bool Utf8Stream::feed(std::string_view piece) {
  const char* p = piece.data();
  const char* const end = p + piece.size();
  while (p != end) {
    if (need_ == 0) {
      p = text::find_non_ascii(p, end);
      if (p == end) break;
      const text::Utf8Lead lead = text::utf8_lead(text::byte(*p++));
      if (lead.need == 0) return false;
      need_ = lead.need;
      low_ = lead.low;
      high_ = lead.high;
      continue;
    }
    const std::uint8_t c = text::byte(*p++);
    if (c < low_ || c > high_) return false;
    low_ = 0x80;
    high_ = 0xbf;
    --need_;
  }
  return true;
}

}  // namespace kgw
