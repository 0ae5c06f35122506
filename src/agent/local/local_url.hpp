// The URL of a local service: http://[user:password@]host[:port][/path] or https://. No state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/gateway_url.hpp"

namespace kgw {

struct LocalUrl {
  GatewayUrl place;         // `target` is the path and query as they are, at least "/"
  std::string credentials;  // "user:password", percent-decoded; empty: none
};

// Returns nullopt if it is none.
std::optional<LocalUrl> parse_local_url(std::string_view text);

}  // namespace kgw
