#include "wire/json_members.hpp"

#include "wire/json_scan.hpp"

namespace kgw {
namespace {

const char* skip_space(const char* p, const char* end) {
  while (p != end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) ++p;
  return p;
}

// Requires *p == '"'. Returns the position after the closing quote.
const char* skip_string(const char* p, const char* end) {
  for (++p; p != end && *p != '"'; ++p)
    if (*p == '\\' && ++p == end) return end;
  return p == end ? end : p + 1;
}

const char* skip_value(const char* p, const char* end) {
  int depth = 0;
  while (p != end) {
    switch (*p) {
      case '"':
        p = skip_string(p, end);
        if (depth == 0) return p;
        continue;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (depth == 0) return p;  // the object's own end, behind a number or a word
        if (--depth == 0) return p + 1;
        break;
      case ',':
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        if (depth == 0) return p;
        break;
      default: break;
    }
    ++p;
  }
  return p;
}

std::string_view between(const char* from, const char* to) {
  return {from, static_cast<std::size_t>(to - from)};
}

}  // namespace

JsonMembers::JsonMembers(std::string_view object) : p_(object.data()), end_(object.data() + object.size()) {
  p_ = skip_space(p_, end_);
  if (p_ != end_) ++p_;  // '{'
}

bool JsonMembers::next() {
  const char* const start = p_;
  const char* p = skip_space(start, end_);
  if (p == end_ || *p != '"') return false;  // '}'
  const char* const name_end = skip_string(p, end_);
  name_ = between(p, name_end);
  p = skip_space(name_end, end_);
  if (p != end_) ++p;  // ':'
  p = skip_space(p, end_);
  const char* const value_end = skip_value(p, end_);
  value_ = between(p, value_end);
  p = skip_space(value_end, end_);
  segment_ = between(start, p);
  p_ = p != end_ && *p == ',' ? p + 1 : p;
  return true;
}

std::string splice_request_id(std::string_view id_token, std::string_view object) {
  std::string out;
  out.reserve(object.size() + id_token.size() + 16);
  out += "{\"request_id\":";
  out += id_token;
  for (JsonMembers members(object); members.next();) {
    if (json_equals(members.name(), "request_id")) continue;
    out += ',';
    out += members.segment();
  }
  out += '}';
  return out;
}

}  // namespace kgw
