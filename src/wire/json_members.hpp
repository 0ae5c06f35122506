// Iterates over the top-level members of a JSON object that json_scan has found valid, and splices members in
// and out without touching any other byte. No state.
#pragma once

#include <string>
#include <string_view>

namespace kgw {

// Requires `object` to be a valid object according to json_scan. Views point into `object`.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view object);
  // Moves to the next member; returns false at the end.
  bool next();
  std::string_view name() const { return name_; }    // a string token, quotes and escapes included
  std::string_view value() const { return value_; }  // the value's bytes, without the white space around it
  // Everything between the '{' or ',' before the member and the ',' or '}' after it.
  std::string_view segment() const { return segment_; }

 private:
  const char* p_;
  const char* end_;
  std::string_view name_, value_, segment_;
};

// Returns the object with "request_id" as its first member (`id_token` is the value: a string with quotes),
// without any top-level "request_id" of its own. Requires a valid object as above.
std::string splice_request_id(std::string_view id_token, std::string_view object);

}  // namespace kgw
