// Reply: what Redis answers to one command (RESP2), as a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kgw::redis {

struct Reply {
  enum class Kind : std::uint8_t { null, text, status, error, integer, array };
  Kind kind = Kind::null;
  std::string text;  // of text, status and error
  std::int64_t integer = 0;
  std::vector<Reply> items;  // of an array

  bool is_null() const { return kind == Kind::null; }
  bool is_error() const { return kind == Kind::error; }
  // An error's first word, as "OOM", "READONLY", "NOSCRIPT".
  std::string_view error_code() const {
    return std::string_view(text).substr(0, is_error() ? text.find(' ') : 0);
  }
};

// The first error among the replies, or inside one of them (what EXEC or a script gives back); null: none.
inline const Reply* first_error(const std::vector<Reply>& replies) {
  for (const Reply& reply : replies) {
    if (reply.is_error()) return &reply;
    if (const Reply* const inner = first_error(reply.items)) return inner;
  }
  return nullptr;
}

}  // namespace kgw::redis
