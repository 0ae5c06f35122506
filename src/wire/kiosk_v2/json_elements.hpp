// Iterates over the elements of a JSON array that json_scan has found valid, without touching a byte. No state
// but its own.
#pragma once

#include <string_view>

namespace kgw::kiosk_v2 {

// Requires `array` to be a valid array: the value of a member of kind array from a valid scan. Views point into
// it.
class JsonElements {
 public:
  explicit JsonElements(std::string_view array);
  // Moves to the next element; returns false at the end.
  bool next();
  std::string_view value() const { return value_; }  // its bytes, without the white space around it

 private:
  const char* p_;
  const char* end_;
  std::string_view value_;
};

}  // namespace kgw::kiosk_v2
