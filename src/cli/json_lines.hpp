// Splits JSON lines into parts that the gateway accepts.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

namespace kgw {

class LineParts {
 public:
  LineParts(std::istream& in, std::size_t lines_max) : in_(in), lines_max_(lines_max) {}
  // Returns the next part, or "" at the end.
  std::string next();
  std::size_t lines() const { return lines_; }    // in the last part
  std::size_t before() const { return before_; }  // in the parts before it

 private:
  std::istream& in_;
  const std::size_t lines_max_;
  std::string rest_;  // a line that did not fit in the last part
  std::size_t lines_ = 0, before_ = 0;
};

}  // namespace kgw
