#include "agent/local/local_url.hpp"

#include <algorithm>
#include <utility>

#include "base/hex.hpp"

namespace kgw {

std::optional<LocalUrl> parse_local_url(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(tls ? 8 : 7);
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  LocalUrl url;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const auto decoded = percent_decode(authority.substr(0, at));
    if (!decoded) return std::nullopt;
    url.credentials = decoded->find(':') == std::string::npos ? *decoded + ":" : *decoded;
    authority.remove_prefix(at + 1);
  }
  // Host and port have the form of a gateway's.
  auto place = parse_gateway_url((tls ? "wss://" : "ws://") + std::string(authority));
  if (!place) return std::nullopt;
  url.place = *std::move(place);
  url.place.target = text.substr(end);
  if (!url.place.target.starts_with('/')) url.place.target.insert(0, "/");
  return url;
}

}  // namespace kgw
