#include "cli/json_lines.hpp"

#include <istream>

#include "base/limits.hpp"

namespace kgw {
namespace {

constexpr std::size_t kPartBytesMax = limits::kAdminBodyBytesMax - 64 * 1024;

}  // namespace

std::string LineParts::next() {
  std::string part;
  before_ += lines_;
  lines_ = 0;
  while (lines_ < lines_max_) {
    if (rest_.empty()) {
      if (!std::getline(in_, rest_)) break;
      if (before_ == 0 && lines_ == 0 && rest_.starts_with("\xef\xbb\xbf")) rest_.erase(0, 3);  // a BOM
      rest_ += '\n';
    }
    if (lines_ > 0 && part.size() + rest_.size() > kPartBytesMax) break;
    part += rest_;
    rest_.clear();
    ++lines_;
  }
  return part;
}

}  // namespace kgw
