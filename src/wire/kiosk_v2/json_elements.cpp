#include "wire/kiosk_v2/json_elements.hpp"

#include <cstddef>

namespace kgw::kiosk_v2 {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Requires *p == '"'. Returns the position after the closing quote.
const char* skip_string(const char* p, const char* end) {
  for (++p; p != end && *p != '"'; ++p)
    if (*p == '\\' && ++p == end) return end;
  return p == end ? end : p + 1;
}

// Returns the end of the value that begins at `p`.
const char* skip_value(const char* p, const char* end) {
  std::size_t depth = 0;
  while (p != end) {
    if (*p == '"') {
      p = skip_string(p, end);
      if (depth == 0) return p;
      continue;
    }
    if (*p == '[' || *p == '{') {
      ++depth;
    } else if (*p == ']' || *p == '}') {
      if (depth == 0) return p;  // the array's own end, behind a number or a word
      if (--depth == 0) return p + 1;
    } else if (depth == 0 && (*p == ',' || is_space(*p))) {
      return p;
    }
    ++p;
  }
  return p;
}

}  // namespace

JsonElements::JsonElements(std::string_view array) : p_(array.data()), end_(array.data() + array.size()) {
  if (p_ != end_) ++p_;  // '['
}

bool JsonElements::next() {
  while (p_ != end_ && (is_space(*p_) || *p_ == ',')) ++p_;
  if (p_ == end_ || *p_ == ']') return false;
  const char* const value_end = skip_value(p_, end_);
  value_ = {p_, static_cast<std::size_t>(value_end - p_)};
  p_ = value_end;
  return true;
}

}  // namespace kgw::kiosk_v2
