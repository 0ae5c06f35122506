#include "redis/url.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "base/hex.hpp"

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

// Returns what is before `delimiter` and leaves what follows in `text`; without a delimiter, returns
// everything.
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

// Why a text with none of our schemes can't be used; other names for Redis' URLs are recognized.
std::string_view why_not(std::string_view text, std::string_view scheme) {
  const auto has = [scheme](std::string_view part) { return scheme.find(part) != std::string_view::npos; };
  if (text.empty()) return "it is empty";
  if (text.front() == '"' || text.front() == '\'') return "it is in quotes: give it without them";
  if (text.find(' ') < text.find("://")) return "it is a whole command: give only the URL";
  if (text.front() == '/' || has("unix") || has("socket"))
    return "it names a Unix socket, which the gateway can't use: let Redis listen on 127.0.0.1";
  if (has("cluster"))
    return "it names a Redis Cluster, which the gateway can't use: use a single Redis, with sentinels for high "
           "availability";
  if (has("sentinel")) return "for sentinels it must begin with redis+sentinel://";
  if (scheme == "http" || scheme == "https")
    return "it is a web address: give the address for the Redis protocol instead";
  if (has("redis+") || has("tls") || has("ssl")) return "for TLS it must begin with rediss://";
  if (scheme.empty()) return "it does not begin with redis://";
  return "the part before :// is not redis, rediss or redis+sentinel";
}

// Other clients' parameters behind '?'. One that would change the server, the login or the security must not
// be ignored; the rest (timeouts, pools, address families) is. Returns "" on success.
std::string_view take_parameter(RedisUrl& url, bool& names_database, std::string_view name,
                                std::string_view value) {
  const auto is = [key = ascii::lowered(name)](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), key) != names.end();
  };
  const std::string text = ascii::lowered(value);
  const bool yes = text == "true" || text == "1" || text == "yes" || text == "on" || text == "require";
  if (is({"db", "database"})) {
    const auto database = number<int>(value);
    if (!database || *database < 0) return "the database in ?db= is not a number";
    if (names_database && url.database != *database) return "?db= and the path name different databases";
    url.database = *database;
    names_database = true;
  } else if (is({"user", "username", "password", "auth", "passwd"})) {
    return "user and password must be before the host, not after the question mark";
  } else if (is({"ssl", "tls"})) {
    if (yes && !url.tls) return "?tls= does not switch TLS on: it must begin with rediss://";
    if (!yes && url.tls) return "?tls= does not switch TLS off: it must begin with redis://";
  } else if (is({"ssl_cert_reqs"})) {
    if (text == "none" || text == "cert_none" || text == "optional" || text == "cert_optional")
      return "?ssl_cert_reqs= can't switch off the certificate check: give the CA certificate in REDIS_CA_FILE";
  } else if (is({"ssl_ca_certs", "ssl_ca_path", "cacert", "tls_ca_file"})) {
    return "the CA certificate can't be given after the question mark: give it in REDIS_CA_FILE";
  } else if (is({"ssl_certfile", "ssl_keyfile", "tls_cert_file", "tls_key_file"})) {
    return "client certificates are not supported: set tls-auth-clients no in Redis";
  } else if (is({"sentinel", "sentinels", "master", "mastername", "master_name", "sentinelmasterid",
                 "service_name"})) {
    return "sentinels and their master can't be given after the question mark";
  } else if (is({"cluster", "is_cluster"}) && yes) {
    return why_not("cluster", "cluster");
  }
  return {};
}

// "user:password", percent-encoded. Empty: done.
std::string_view take_login(RedisUrl& url, std::string_view who) {
  const auto user = percent_decode(take_until(who, ':'));
  const auto password = percent_decode(who);
  if (!user || !password) return "a % in the user or the password is not followed by two hex digits";
  url.user = *user;
  url.password = *password;
  return url.password.empty() && !url.user.empty() ? "the password is missing" : "";
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
  constexpr std::string_view kBlank = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  text = text.substr(0, text.find_last_not_of(kBlank) + 1);
  const std::size_t scheme_end = text.find("://");
  const std::string scheme =
      ascii::lowered(text.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  const bool sentinel = scheme == "redis+sentinel" || scheme == "rediss+sentinel";
  url.tls = scheme.starts_with("rediss") || scheme == "valkeys";
  if (scheme != "redis" && scheme != "valkey" && !url.tls && !sentinel) return bad(why_not(text, scheme));
  if (url.tls && !sentinel && scheme != "rediss" && scheme != "valkeys") return bad(why_not(text, scheme));
  text.remove_prefix(scheme_end + 3);
  // A password that was not encoded may contain a question mark.
  std::size_t query_at = text.find('?');
  if (const std::size_t who = text.rfind('@'); who != std::string_view::npos && query_at < who &&
                                               text.substr(0, query_at).find('@') == std::string_view::npos)
    query_at = text.find('?', who);
  std::string_view query = query_at == std::string_view::npos ? std::string_view() : text.substr(query_at + 1);
  text = text.substr(0, query_at);

  // The last '@': a password that was not encoded may contain one.
  const std::size_t path_at = text.find('/', text.rfind('@') == std::string_view::npos ? 0 : text.rfind('@'));
  std::string_view authority = text.substr(0, path_at);
  std::string_view path = path_at == std::string_view::npos ? std::string_view() : text.substr(path_at + 1);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    if (const std::string_view why = take_login(url, who); !why.empty()) return bad(why);
  }
  while (!authority.empty()) {
    const auto address = parse_address(take_until(authority, ','), sentinel ? kSentinelPort : kRedisPort);
    if (!address) return bad("a host or a port is not valid");
    url.addresses.push_back(*address);
  }
  if (url.addresses.empty()) return bad("the host is missing");
  if (url.addresses.size() > 1 && !sentinel)
    return bad("several hosts are only allowed with redis+sentinel://");
  if (sentinel) {
    url.master = take_until(path, '/');
    if (url.master.empty()) return bad("the master's name is missing after the sentinels");
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.empty()) {
    const auto database = number<int>(path);
    if (!database || *database < 0) return bad("the database is not a number");
    url.database = *database;
  }
  bool names_database = !path.empty();
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view name = take_until(value, '=');
    if (const std::string_view why = take_parameter(url, names_database, name, value); !why.empty())
      return bad(why);
  }
  return url;
}

}  // namespace kgw::redis
