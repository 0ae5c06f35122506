#include "callbacks/target.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

constexpr std::size_t kHostCharsMax = 253;
constexpr std::size_t kLabelCharsMax = 63;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Fault refused(std::string_view what) {
  return Fault{ErrorCode::invalid_header, "Header-Callback-Url " + std::string(what)};
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelCharsMax && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return ascii::is_alnum(c) || c == '-' || c == '_'; });
}

// inet_aton, and whoever uses it, reads a host as an IPv4 address if its last label is a number: 127.1,
// 2130706433, 0x7f.1 (the URL standard's "ends in a number").
bool ends_in_number(std::string_view host) {
  std::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  const bool is_hex = last.size() >= 2 && last[0] == '0' && ascii::lower(last[1]) == 'x';
  if (is_hex) last.remove_prefix(2);
  return std::all_of(last.begin(), last.end(), [&](char c) {
    return is_hex ? hex::kValues[static_cast<unsigned char>(c)] >= 0 : ascii::is_digit(c);
  });
}

// Returns the name in lower case without its trailing dot, or nullopt if it is not a host name.
std::optional<std::string> host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kHostCharsMax || ends_in_number(text)) return std::nullopt;
  for (std::string_view rest = text;;) {
    const std::size_t dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return std::nullopt;
    if (dot == rest.npos) break;
    rest.remove_prefix(dot + 1);
  }
  return ascii::lowered(text);
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  const auto port = ascii::parse_decimal(text);
  if (!port || *port == 0 || *port > 65535 || text.front() == '0') return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

// Returns the position of the ':' before the port, or the text's size if there is no port.
std::size_t end_of_host(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  return std::min(text.find(':', bracket == text.npos ? 0 : bracket), text.size());
}

struct Host {
  std::string text;                    // as in a URL
  std::optional<IpAddress> address{};  // nullopt: a name
};

std::optional<Host> read_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return std::nullopt;
    const auto address = IpAddress::parse_v6(text.substr(1, text.size() - 2));
    if (!address) return std::nullopt;
    return Host{address->is_v4() ? address->text() : '[' + address->text() + ']', address};
  }
  if (const auto address = IpAddress::parse_v4(text)) return Host{std::string(text), address};
  auto name = host_name(text);
  if (!name) return std::nullopt;
  return Host{std::move(*name)};
}

// Checks that need no parsing.
Result<void> check_bytes(std::string_view text) {
  if (text.size() > limits::kCallbackUrlBytesMax)
    return refused("must be at most " + std::to_string(limits::kCallbackUrlBytesMax) + " characters.");
  for (const char c : text)
    if (c <= 0x20 || c >= 0x7f)
      return refused(
          "must consist of visible ASCII characters; percent-encode others, and write an international "
          "host name in its xn-- form.");
  if (text.find('\\') != text.npos) return refused("must not have a backslash; percent-encode it as %5C.");
  if (text.find('#') != text.npos) return refused("must not have a fragment ('#' and what follows).");
  return {};
}

// Removes the scheme and "://" from the front of `text`. Returns true for https, false for http.
Result<bool> take_scheme(std::string_view& text, bool allow_http) {
  const std::size_t end = text.find("://");
  const std::string scheme = end == text.npos ? std::string() : ascii::lowered(text.substr(0, end));
  if (scheme != "https" && !(allow_http && scheme == "http"))
    return refused(allow_http ? "must begin with https:// or http://." : "must begin with https://.");
  text.remove_prefix(end + 3);
  return scheme == "https";
}

}  // namespace

Result<CallbackHosts> CallbackHosts::parse(std::string_view list) {
  CallbackHosts hosts;
  std::string bad;
  ascii::for_each_in_list(list, [&](std::string_view part) {
    if (const auto network = IpNetwork::parse(part)) {
      hosts.networks_.push_back(*network);
      return;
    }
    std::string_view name = part.substr(0, end_of_host(part));
    const bool with_port = name.size() < part.size();
    std::optional<std::uint16_t> port = std::uint16_t{0};
    if (with_port) port = port_number(part.substr(name.size() + 1));
    const bool below = name.starts_with("*.");
    const auto host = host_name(below ? name.substr(2) : name);
    if (host && port) hosts.names_.push_back({(below ? "." : "") + *host, *port});
    else if (bad.empty()) bad = part;
  });
  if (bad.empty()) return hosts;
  return Fault{
      ErrorCode::invalid_argument,
      "'" + bad +
          "' is not a host: write pay.example.com, *.example.com, either with a port (pay.example.com:8443), "
          "an IP address, or a network (10.0.5.0/24); an international name in its xn-- form."};
}

bool CallbackHosts::has_name(std::string_view host, std::uint16_t port) const {
  return std::any_of(names_.begin(), names_.end(), [&](const Name& name) {
    if (name.port != 0 && name.port != port) return false;
    if (!name.text.starts_with('.')) return host == name.text;
    return host.size() > name.text.size() && host.ends_with(name.text);
  });
}

bool CallbackHosts::has_address(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const IpNetwork& network) { return network.contains(address); });
}

Result<CallbackTarget> parse_callback_url(std::string_view text, const CallbackHosts& hosts, bool allow_http) {
  if (hosts.empty())
    return refused(
        "can't be used: callbacks are not enabled on this gateway. Leave the header out, or ask its "
        "operator to set CALLBACK_ALLOWED_HOSTS.");
  if (auto good = check_bytes(text); !good) return good.error();
  const auto is_https = take_scheme(text, allow_http);
  if (!is_https) return is_https.error();
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  std::string_view rest = text.substr(authority.size());
  if (authority.find('@') != authority.npos)
    return refused("must not have a user name or password before its host.");
  const std::string_view host_text = authority.substr(0, end_of_host(authority));
  const auto host = read_host(host_text);
  if (!host)
    return refused(
        "has no valid host: write a name such as pay.example.com, an IPv4 address as four decimal "
        "numbers, or an IPv6 address in brackets.");
  std::optional<std::uint16_t> port = *is_https ? kHttpsPort : kHttpPort;
  const std::uint16_t usual_port = *port;
  if (host_text.size() < authority.size()) port = port_number(authority.substr(host_text.size() + 1));
  if (!port) return refused("has an invalid port: it must be a number from 1 to 65535.");
  if (host->address ? !hosts.has_address(*host->address) : !hosts.has_name(host->text, *port))
    return refused("names a host that is not in this gateway's CALLBACK_ALLOWED_HOSTS.");

  CallbackTarget target;
  target.endpoint = (*is_https ? "https://" : "http://") + host->text;
  if (*port != usual_port) target.endpoint += ':' + std::to_string(*port);
  target.url = target.endpoint;
  if (!rest.starts_with('/')) target.url += '/';
  target.url += rest;
  return target;
}

}  // namespace kgw
