// Where the gateway is: ws://host[:port][/path] or wss://. No state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kgw {

struct GatewayUrl {
  bool tls = false;
  std::string host;    // without the brackets of an IPv6 address
  std::string port;    // decimal
  std::string target;  // path and query, as they stand; "/ws" when the URL has none

  // What belongs in a Host field (RFC 9112 3.2).
  std::string host_field() const;
  // For logs and people: without the query, in which somebody may have put a token.
  std::string shown() const;
};

// Error: invalid_argument with a sentence that says what such a URL looks like.
Result<GatewayUrl> parse_gateway_url(std::string_view text);

}  // namespace kgw
