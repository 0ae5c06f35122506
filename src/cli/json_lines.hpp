// JSON lines on their way to the gateway, in parts that it takes.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

namespace kgw {

class LineParts {
 public:
  LineParts(std::istream& in, std::size_t lines_max) : in_(in), lines_max_(lines_max) {}
  // The next part; empty: there is none any more.
  std::string next();
  std::size_t lines() const { return lines_; }    // of the part that came last
  std::size_t before() const { return before_; }  // in the parts before it

 private:
  std::istream& in_;
  const std::size_t lines_max_;
  std::string rest_;  // a line that came too late for one part
  std::size_t lines_ = 0, before_ = 0;
};

}  // namespace kgw
