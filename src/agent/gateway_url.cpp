#include "agent/gateway_url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/ascii.hpp"

namespace kgw {
namespace {

Fault bad_url(std::string_view what) {
  return {
      ErrorCode::invalid_argument,
      std::string(what) + "; a gateway's URL looks like ws://192.168.1.10:8000/ws or wss://pay.example.com/ws"};
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size() && port != 0;
}

bool is_host_char(char c) { return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_'; }

}  // namespace

std::string GatewayUrl::host_field() const {
  std::string field = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? "443" : "80")) field += ":" + port;
  return field;
}

std::string GatewayUrl::shown() const {
  return (tls ? "wss://" : "ws://") + host_field() + target.substr(0, target.find('?'));
}

Result<GatewayUrl> parse_gateway_url(std::string_view text) {
  GatewayUrl url;
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= 0x20 || c >= 0x7f; }))
    return bad_url("The URL has a space, or a character that is not ASCII");
  if (text.starts_with("ws://")) {
    text.remove_prefix(5);
  } else if (text.starts_with("wss://")) {
    url.tls = true;
    text.remove_prefix(6);
  } else {
    return bad_url("The URL does not begin with ws:// or wss://");
  }
  text = text.substr(0, text.find('#'));
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, authority_end);
  url.target = text.substr(authority_end);
  if (url.target.empty() || url.target == "/") url.target = "/ws";
  if (url.target.front() == '?') url.target.insert(0, "/ws");
  if (authority.find('@') != std::string_view::npos)
    return bad_url("The URL has a user name in it, which is not supported");

  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad_url("The URL's '[' has no ']'");
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (!url.host.empty() && url.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos)
      return bad_url("The text in the URL's brackets is not an IPv6 address");
    if (!authority.empty() && authority.front() != ':') return bad_url("The URL's port is not a number");
  } else {
    url.host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(url.host.size());
    if (!std::all_of(url.host.begin(), url.host.end(), is_host_char))
      return bad_url("The URL's host name has an invalid character");
  }
  if (url.host.empty()) return bad_url("The URL has no host name");
  url.port = url.tls ? "443" : "80";
  if (!authority.empty()) url.port = authority.substr(1);
  if (!is_port(url.port)) return bad_url("The URL's port is not a number from 1 to 65535");
  return url;
}

}  // namespace kgw
