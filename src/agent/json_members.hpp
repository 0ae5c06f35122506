// Walks the top-level members of a JSON object that json_scan has found valid, and splices members in and out
// without touching any other byte. No state.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// REQUIRES: json_scan(object) is valid and is_object. Views lie in `object`.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view object);
  // Moves to the next member; false at the end.
  bool next();
  std::string_view name() const { return name_; }    // a string token, quotes and escapes included
  std::string_view value() const { return value_; }  // any value's bytes, without the space around it
  // Everything between the '{' or ',' before the member and the ',' or '}' after it.
  std::string_view segment() const { return segment_; }

 private:
  const char* p_;
  const char* end_;
  std::string_view name_, value_, segment_;
};

// The object's bytes with "request_id" put in as its first member (`id_token` is its value, a string with
// quotes) and every "request_id" that it has itself at top level cut out. REQUIRES as above.
std::string splice_request_id(std::string_view id_token, std::string_view object);

}  // namespace kgw
