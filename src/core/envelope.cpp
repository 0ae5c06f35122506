#include "core/envelope.hpp"

namespace kgw {

// All headers are strings, and nothing else comes before the body: the first kBody outside a string is its
// mark.
std::optional<std::string_view> body_in(std::string_view text) {
  using namespace envelope_layout;
  if (!text.starts_with(kId) || !text.ends_with('}')) return std::nullopt;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_string = !in_string;
    else if (in_string && text[i] == '\\') ++i;
    else if (!in_string && text.substr(i).starts_with(kBody)) {
      const std::string_view rest = text.substr(i + kBody.size());
      return rest.substr(0, rest.size() - 1);
    }
  }
  return std::nullopt;
}

}  // namespace kgw
