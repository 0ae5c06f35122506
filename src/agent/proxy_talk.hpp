// ProxyTalk: asks a proxy to open a way to the gateway: CONNECT (RFC 9110 9.3.6) or SOCKS5 (RFC 1928, with RFC
// 1929's user and password). The proxy resolves the gateway's name. Bytes in, bytes out; no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kgw {

struct ProxyUrl {
  enum class Kind : std::uint8_t { http, socks5 };
  Kind kind = Kind::http;
  std::string host;  // without an IPv6 address's brackets
  std::string port;  // decimal
  std::string user, password;

  // For curl, with user and password.
  std::string url() const;
};
// http://[user:password@]host:port, or socks5:// (socks5h:// is the same); user and password percent-encoded.
// Error: invalid_argument with a sentence that does not show the URL.
Result<ProxyUrl> parse_proxy_url(std::string_view text);

class ProxyTalk {
 public:
  enum class State : std::uint8_t { asking, open, refused };

  // `host`: a name or an address, without brackets.
  ProxyTalk(const ProxyUrl& proxy, std::string host, std::string port);

  // Returns what to send next; empty: nothing until the proxy has said more. Each text is returned once.
  std::string take_to_send();
  // Bytes from the proxy. Requires the state `asking`. Nothing of the gateway's is among them, as it never
  // speaks first.
  State feed(std::string_view bytes);
  // Once refused: the rest of a sentence that begins with "The proxy".
  const std::string& problem() const { return problem_; }

 private:
  State refuse(std::string problem);
  State feed_http();
  State feed_socks();
  State on_method();
  State on_authenticated();
  State on_connected();
  void ask_to_connect();

  const ProxyUrl proxy_;
  const std::string host_, port_;
  std::string to_send_, received_, problem_;
  enum class Step : std::uint8_t { method, authenticated, connected } step_ = Step::method;  // of SOCKS
};

}  // namespace kgw
