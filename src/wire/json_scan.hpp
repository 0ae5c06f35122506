// json_scan: one validating pass over a JSON text (RFC 8259) that finds where its top-level members are, so
// that bodies and answers pass through byte for byte and nothing is re-serialised. No allocation, no state,
// no exceptions.
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

// A top-level member that the caller wants. `value` points into the scanned text and includes a string's
// quotes.
struct JsonMember {
  std::string_view name{};  // set by the caller: the unescaped name to look for
  std::string_view value{};
  JsonKind kind = JsonKind::null;
  bool escaped = false;     // a string with a backslash in it
  bool differs = false;     // it occurs more than once, and not always with the same bytes as its value
  std::uint32_t count = 0;  // occurrences at top level; `value`, `kind` and `escaped` are the first one's
};

struct JsonScan {
  bool valid = false;
  bool is_object = false;        // the text is a single object
  std::size_t error_offset = 0;  // of the first wrong byte (text.size() if the text ends too early)
  const char* error = "";        // what is wrong there, in a few words: "control character in a string"
};

// Removes a leading byte order mark (RFC 8259 8.1: a parser may ignore it).
constexpr std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

// Validates `text`: UTF-8 without BOM, surrogates or overlong forms (RFC 3629), nested at most
// limits::kJsonDepthMax deep, numbers of at most limits::kJsonNumberCharsMax characters, nothing but white
// space after the value. Escapes of lone surrogates are accepted: they are legal JSON. Fills in `members`,
// resetting all but their names first; names are compared unescaped ("request\u005fid" is request_id). Linear
// time.
JsonScan json_scan(std::string_view text, std::span<JsonMember> members);
inline JsonScan json_scan(std::string_view text) { return json_scan(text, {}); }

// Returns the text of a string token, escapes resolved, as UTF-8; a lone surrogate becomes U+FFFD.
// json_equals only compares and allocates nothing if `token` has no backslash. Both require a token from a
// valid scan, with its quotes.
std::string json_unescape(std::string_view token);
bool json_equals(std::string_view token, std::string_view text);
// The same, ignoring the case of ASCII letters.
bool json_equals_ignoring_case(std::string_view token, std::string_view text);

// True if the bytes are valid UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);
// Replaces every byte that is not part of valid UTF-8 with U+FFFD.
std::string as_utf8(std::string_view bytes);
// Validates UTF-8 that arrives in pieces: feed() each in order, then check complete(). feed() returns false
// at the first byte that no later piece can make valid.
class Utf8Stream {
 public:
  bool feed(std::string_view piece);
  bool complete() const { return need_ == 0; }

 private:
  std::uint8_t need_ = 0;                  // continuation bytes still to come
  std::uint8_t low_ = 0x80, high_ = 0xbf;  // bounds of the next one
};

}  // namespace kgw
