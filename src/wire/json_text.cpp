// JSON strings, token <-> text (RFC 8259 7). No state.
// Implements wire/json_scan.hpp.
#include <charconv>

#include "base/text_blocks.hpp"
#include "wire/json_scan.hpp"
#include "wire/letter_case.hpp"

namespace kgw {
namespace {

// Resolves a valid token's escapes piece by piece.
class Unescaper {
 public:
  explicit Unescaper(std::string_view token) : p_(token.data() + 1), end_(token.data() + token.size() - 1) {}

  // Returns the next piece of text, valid until the next call; "" at the end.
  std::string_view next() {
    if (p_ == end_) return {};
    if (*p_ != '\\') {
      const char* const start = p_;
      while (p_ != end_ && *p_ != '\\') ++p_;
      return std::string_view(start, static_cast<std::size_t>(p_ - start));
    }
    const char c = p_[1];
    p_ += 2;
    switch (c) {
      case 'b': return "\b";
      case 'f': return "\f";
      case 'n': return "\n";
      case 'r': return "\r";
      case 't': return "\t";
      case 'u': return unicode();
      default: return std::string_view(p_ - 1, 1);
    }
  }

 private:
  std::uint32_t hex4() {
    std::uint32_t value = 0;
    std::from_chars(p_, p_ + 4, value, 16);
    p_ += 4;
    return value;
  }

  std::string_view unicode() {
    std::uint32_t code = hex4();
    if (code >= 0xd800 && code <= 0xdfff) {
      const char* const after = p_;
      std::uint32_t low = 0;
      if (code < 0xdc00 && end_ - p_ >= 6 && p_[0] == '\\' && p_[1] == 'u') {
        p_ += 2;
        low = hex4();
      }
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else {
        code = 0xfffd;
        p_ = after;
      }
    }
    return encode(code);
  }

  std::string_view encode(std::uint32_t code) {
    std::size_t size = 0;
    const auto put = [&](std::uint32_t value) { buffer_[size++] = static_cast<char>(value); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6);
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
      put(0x80 | (code >> 6 & 0x3f));
      put(0x80 | (code & 0x3f));
    }
    return std::string_view(buffer_, size);
  }

  const char* p_;
  const char* const end_;
  char buffer_[4];
};

bool is_token(std::string_view token) {
  return token.size() >= 2 && token.front() == '"' && token.back() == '"';
}

}  // namespace

std::string json_unescape(std::string_view token) {
  std::string out;
  if (!is_token(token)) return out;
  out.reserve(token.size());
  Unescaper pieces(token);
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) out += piece;
  return out;
}

namespace {

// `same` compares two pieces of the same size.
template <class Same>
bool equals(std::string_view token, std::string_view text, Same same) {
  if (!is_token(token)) return false;
  const std::string_view inner = token.substr(1, token.size() - 2);
  if (inner.size() < text.size()) return false;  // an escape is never shorter than its character
  if (inner.size() == text.size()) return same(inner, text) && inner.find('\\') == std::string_view::npos;
  if (inner.find('\\') == std::string_view::npos) return false;
  Unescaper pieces(token);
  for (std::string_view piece = pieces.next(); !piece.empty(); piece = pieces.next()) {
    if (piece.size() > text.size() || !same(text.substr(0, piece.size()), piece)) return false;
    text.remove_prefix(piece.size());
  }
  return text.empty();
}

}  // namespace

bool json_equals(std::string_view token, std::string_view text) {
  return equals(token, text, [](std::string_view a, std::string_view b) { return a == b; });
}

bool json_equals_ignoring_case(std::string_view token, std::string_view text) {
  return equals(token, text, [](std::string_view a, std::string_view b) { return same_ignoring_case(a, b); });
}

}  // namespace kgw
