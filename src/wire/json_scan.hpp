// json_scan: one validating pass over a JSON text (RFC 8259) that says where its top-level members lie, so that
// bodies and answers pass byte for byte and nothing is ever re-serialised. Allocates nothing, keeps nothing,
// throws nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json_text.hpp"

namespace kgw {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };

// A top-level member of interest. `value` lies in the scanned text, quotes of a string included.
struct JsonMember {
  std::string_view name{};  // set by the caller: the (unescaped) name looked for
  std::string_view value{};
  JsonKind kind = JsonKind::null;
  std::uint32_t count = 0;  // how often it stands at top level; `value` is the first
};

struct JsonScan {
  bool valid = false;
  bool is_object = false;        // the whole text is one object
  std::size_t error_offset = 0;  // of the first byte that is wrong (text.size() when it ends too early)
  const char* error = "";  // what is wrong there, a few words for a human: "control character in a string"
};

// A text without the byte order mark that some write in front of it (RFC 8259 8.1: it may be ignored).
constexpr std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

// Validates `text`: UTF-8 without BOM (surrogates and overlong forms are refused, RFC 3629), nested at most
// limits::kJsonDepthMax deep, numbers of at most limits::kJsonNumberCharsMax characters, no lone surrogate
// escapes refused (they are legal JSON), nothing but white space after the value. Fills in `members` by name,
// comparing names after unescaping ("request\u005fid" is request_id); their `count` and `value` start anew.
// Linear time.
JsonScan json_scan(std::string_view text, std::span<JsonMember> members);
inline JsonScan json_scan(std::string_view text) { return json_scan(text, {}); }

// The text of a JSON string token (with its quotes, taken from a valid scan), escapes resolved, as UTF-8; a
// lone surrogate becomes U+FFFD. No allocation when `token` has no backslash and the result is only compared:
// json_equals.
std::string json_unescape(std::string_view token);
bool json_equals(std::string_view token, std::string_view text);

// True when the bytes are UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);
// The text as it is, or with U+FFFD for each byte that is no part of it.
std::string as_utf8(std::string_view bytes);
// For a message that arrives in pieces: feed() in order, then complete(). Fails at the first byte that can't be
// mended.
class Utf8Stream {
 public:
  bool feed(std::string_view piece);
  bool complete() const { return need_ == 0; }

 private:
  std::uint8_t need_ = 0;                  // continuation bytes still to come
  std::uint8_t low_ = 0x80, high_ = 0xbf;  // bounds of the next one
};

}  // namespace kgw
