#include "core/envelope.hpp"

namespace kgw {

// The first kBody is the body's: inside a string its quotes would be escaped, and what follows a string's end
// is no name.
std::optional<std::string_view> body_in(std::string_view text) {
  using namespace envelope_layout;
  if (!text.starts_with(kId) || !text.ends_with('}')) return std::nullopt;
  const std::size_t mark = text.find(kBody);
  if (mark == std::string_view::npos) return std::nullopt;
  const std::size_t at = mark + kBody.size();
  return text.substr(at, text.size() - at - 1);
}

}  // namespace kgw
