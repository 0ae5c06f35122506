// Where callbacks may go (PROTOCOL.md 1.4): CallbackHosts is the list of CALLBACK_ALLOWED_HOSTS, CallbackTarget
// a `Header-Callback-Url` that it allows. An URL is taken apart by a narrow grammar and put together again from
// its parts, so that the HTTP client can't find another host in it than the one that was checked. Pure. A
// CallbackHosts never changes once it is made; any thread may ask it.
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
  // Nobody may be called back.
  CallbackHosts() = default;
  // Parts between commas: "pay.example.com", "*.example.com" (all names below it, not example.com itself),
  // either with ":8443" for this port only; an address or a network ("10.0.5.0/24", "fd00::/8"): such hosts may
  // be called by their address, and names of the list may lead to them although they are not public. Error:
  // invalid_argument, with a sentence that shows the part.
  static Result<CallbackHosts> parse(std::string_view list);

  bool empty() const { return names_.empty() && networks_.empty(); }
  // A host name in lower case without a dot at its end.
  bool has_name(std::string_view host, std::uint16_t port) const;
  bool has_address(const IpAddress& address) const;
  // Whether a connection may be opened to what a name of the list led to.
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
  std::string url;       // scheme and host in lower case, the port only where it is not the scheme's own
  std::string endpoint;  // "https://pay.example.com:8443": what is counted and throttled as one receiver
};

// Error: invalid_header, with a sentence that says what to change. `allow_http`: CALLBACK_ALLOW_HTTP.
Result<CallbackTarget> parse_callback_url(std::string_view text, const CallbackHosts& hosts, bool allow_http);

}  // namespace kgw
