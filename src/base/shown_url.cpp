#include "base/shown_url.hpp"

#include <algorithm>

namespace kgw {

std::string shown_url(std::string_view text) {
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t query = std::min(text.find_first_of("?#", begin), text.size());
  const std::size_t last_at = text.rfind('@');
  std::string shown(text.substr(0, begin));
  // A password may contain a '?', and a query an '@': they can't be told apart.
  if (last_at != std::string_view::npos && last_at > query) return shown.append(kMask);
  // A password may also contain a '/' or another '@': what is shown begins after the last one.
  const bool has_user = last_at != std::string_view::npos && last_at >= begin;
  if (has_user) shown.append(kMask);
  shown.append(text.substr(has_user ? last_at : begin, query - (has_user ? last_at : begin)));
  if (query < text.size()) shown.append(text.substr(query, 1)).append(kMask);
  return shown;
}

}  // namespace kgw
