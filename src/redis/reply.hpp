// Reply: the reply of Redis to one command (RESP2), as a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kgw::redis {

struct Reply {
  enum class Kind : std::uint8_t { null, text, status, error, integer, array };
  Kind kind = Kind::null;
  std::string text;  // if text, status or error
  std::int64_t integer = 0;
  std::vector<Reply> items;  // if array

  bool is_null() const { return kind == Kind::null; }
  bool is_error() const { return kind == Kind::error; }
  // An error's first word, such as "OOM", "READONLY", "NOSCRIPT"; empty if it is no error.
  std::string_view error_code() const {
    return std::string_view(text).substr(0, is_error() ? text.find(' ') : 0);
  }
};

// Returns the first error among the replies or nested in one (as EXEC and scripts return them), or null.
inline const Reply* first_error(const std::vector<Reply>& replies) {
  for (const Reply& reply : replies) {
    if (reply.is_error()) return &reply;
    if (const Reply* const inner = first_error(reply.items)) return inner;
  }
  return nullptr;
}

}  // namespace kgw::redis
