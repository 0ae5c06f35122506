#include "redis/url.hpp"

#include <charconv>
#include <optional>

namespace kgw::redis {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;

Fault bad(std::string_view why) {
  return Fault{ErrorCode::invalid_argument,
               std::string(why) +
                   "; it must look like redis://user:password@host:6379/0, rediss://... or "
                   "redis+sentinel://host:26379,host:26379/master/0"};
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    out.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
    i += 2;
  }
  return out;
}

// What stands before `delimiter`; `text` keeps what stands behind it. Without one: all of it.
std::string_view take_until(std::string_view& text, char delimiter) {
  const std::size_t at = text.find(delimiter);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Address> parse_address(std::string_view text, std::uint16_t standard_port) {
  Address address{{}, standard_port};
  std::string_view port;
  if (text.starts_with('[')) {  // an IPv6 address, RFC 3986 3.2.2
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
    if (!port.empty()) port.remove_prefix(1);
  } else {
    address.host = take_until(text, ':');
    port = text;
  }
  if (address.host.empty()) return std::nullopt;
  if (!port.empty()) {
    const auto value = number<std::uint16_t>(port);
    if (!value || *value == 0) return std::nullopt;
    address.port = *value;
  }
  return address;
}

}  // namespace

std::string RedisUrl::shown() const {
  std::string text = master.empty() ? (tls ? "rediss://" : "redis://") : "redis+sentinel://";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const bool six = addresses[i].host.find(':') != std::string::npos;
    text.append(i > 0 ? "," : "").append(six ? "[" + addresses[i].host + "]" : addresses[i].host);
    text.append(":").append(std::to_string(addresses[i].port));
  }
  if (!master.empty()) text.append("/").append(master);
  return text.append("/").append(std::to_string(database));
}

Result<RedisUrl> parse_redis_url(std::string_view text) {
  RedisUrl url;
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end);
  const bool sentinel = scheme == "redis+sentinel" || scheme == "rediss+sentinel";
  if (scheme != "redis" && scheme != "rediss" && !sentinel) return bad("it does not begin with redis://");
  url.tls = scheme.starts_with("rediss");
  text.remove_prefix(scheme_end + 3);
  text = take_until(text, '?');

  // The last '@': a password that nobody encoded may hold one.
  const std::size_t path_at = text.find('/', text.rfind('@') == std::string_view::npos ? 0 : text.rfind('@'));
  std::string_view authority = text.substr(0, path_at);
  std::string_view path = path_at == std::string_view::npos ? std::string_view() : text.substr(path_at + 1);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    std::string_view who = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const std::string_view first = take_until(who, ':');
    const auto user = percent_decoded(first);
    const auto password = percent_decoded(who);
    if (!user || !password) return bad("a % in the user or the password is not followed by two hex digits");
    url.user = *user;
    url.password = *password;
    if (url.password.empty() && !url.user.empty()) return bad("the password is missing");
  }
  while (!authority.empty()) {
    const auto address = parse_address(take_until(authority, ','), sentinel ? kSentinelPort : kRedisPort);
    if (!address) return bad("a host or a port is not valid");
    url.addresses.push_back(*address);
  }
  if (url.addresses.empty()) return bad("the host is missing");
  if (url.addresses.size() > 1 && !sentinel) return bad("several hosts are only for redis+sentinel://");
  if (sentinel) {
    url.master = take_until(path, '/');
    if (url.master.empty()) return bad("the master's name is missing behind the sentinels");
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.empty()) {
    const auto database = number<int>(path);
    if (!database || *database < 0) return bad("the database is not a number");
    url.database = *database;
  }
  return url;
}

}  // namespace kgw::redis
