// The gateway's URL: ws://host[:port][/path] or wss://. No state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kgw {

struct GatewayUrl {
  bool tls = false;
  std::string host;    // without an IPv6 address's brackets
  std::string port;    // decimal
  std::string target;  // path and query, unchanged; "/ws" if the URL has none

  // The value of a Host field (RFC 9112 3.2).
  std::string host_field() const;
  // For logs and people: without the query, which may contain a token.
  std::string shown() const;
};

// Error: invalid_argument with a sentence that shows a valid URL.
Result<GatewayUrl> parse_gateway_url(std::string_view text);

}  // namespace kgw
