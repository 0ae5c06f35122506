// Where callbacks may go (PROTOCOL.md 1.4). CallbackHosts: the list in CALLBACK_ALLOWED_HOSTS. CallbackTarget:
// a `Header-Callback-Url` that it allows. A URL is parsed by a narrow grammar and composed again from its
// parts, so that the HTTP client can't see another host in it than the one that was checked. Pure. A
// CallbackHosts is immutable; any thread may ask it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "callbacks/ip_address.hpp"

namespace kgw {

class CallbackHosts {
 public:
  CallbackHosts() = default;  // allows nothing
  // Parses a list separated by commas: "pay.example.com"; "*.example.com" (every name below it, but not
  // example.com itself); either with ":8443" to allow only this port; an IP address or a network
  // ("10.0.5.0/24", "fd00::/8"). Addresses in a listed network may stand in URLs, and listed names may resolve
  // to them even if they are not public. Error: invalid_argument, with a sentence that shows the faulty part.
  static Result<CallbackHosts> parse(std::string_view list);

  bool empty() const { return names_.empty() && networks_.empty(); }
  // `host` is in lower case and has no trailing dot.
  bool has_name(std::string_view host, std::uint16_t port) const;
  bool has_address(const IpAddress& address) const;
  // Returns whether a connection to an address that a listed name resolved to may be opened.
  bool may_connect(const IpAddress& address) const {
    return is_public_address(address) || has_address(address);
  }

 private:
  struct Name {
    std::string text;        // ".example.com" for "*.example.com"
    std::uint16_t port = 0;  // 0: any
  };
  std::vector<Name> names_;
  std::vector<IpNetwork> networks_;
};

struct CallbackTarget {
  std::string url;       // scheme and host in lower case, the port only if it is not the scheme's default
  std::string endpoint;  // "https://pay.example.com:8443": limits and health are kept per endpoint
};

// Error: invalid_header, with a sentence that says what to change. `allow_http`: CALLBACK_ALLOW_HTTP.
Result<CallbackTarget> parse_callback_url(std::string_view text, const CallbackHosts& hosts, bool allow_http);

}  // namespace kgw
