#include "access/access.hpp"

#include <algorithm>
#include <utility>

#include "net/visitors.hpp"

namespace kgw {
namespace {

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('['))
    return authority.substr(0, std::min(authority.find(']'), authority.size() - 1) + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_local_host(std::string_view host) {
  return same_ignoring_case(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

// Returns the value of a cookie in `Cookie: a=b; c=d`, or nullopt.
std::optional<std::string_view> cookie(const HttpHead& head, std::string_view name) {
  std::string_view rest = head.find("Cookie").value_or("");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
    rest.remove_prefix(end);
    while (rest.starts_with(';') || rest.starts_with(' ')) rest.remove_prefix(1);
  }
  return std::nullopt;
}

// "http://localhost:3000" as an Origin: any host or port other than the call's own is foreign.
bool is_foreign(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos || !same_ignoring_case(origin.substr(scheme + 3), host);
}

// A header in which a proxy names the client.
bool is_of_a_proxy(std::string_view name) {
  constexpr std::string_view kForwarded = "X-Forwarded-";
  return same_ignoring_case(name.substr(0, kForwarded.size()), kForwarded) ||
         same_ignoring_case(name, "X-Real-IP") || same_ignoring_case(name, "Forwarded") ||
         same_ignoring_case(name, "Via");
}

bool is_write(const HttpHead& head) { return head.method != "GET" && head.method != "HEAD"; }

}  // namespace

std::optional<std::string_view> bearer(const HttpHead& head) {
  const auto value = head.find("Authorization");
  if (!value || head.count("Authorization") != 1 || value->size() < 7 ||
      !same_ignoring_case(value->substr(0, 7), "Bearer "))
    return std::nullopt;
  std::string_view key = value->substr(7);
  while (key.starts_with(' ')) key.remove_prefix(1);
  return key;
}

bool names_our_key(const HttpHead& head) {
  const auto key = bearer(head);
  return key ? key->starts_with("kgw_") : head.count("Authorization") > 1;
}

bool is_local_call(const HttpRequest& request) {
  const HttpHead& head = request.head;
  const auto host = head.find("Host");
  if (!request.peer.loopback || head.http_1_0 || !host || !is_local_host(host_of(*host))) return false;
  for (std::uint32_t i = 0; i < head.field_count; ++i)
    if (is_of_a_proxy(head.fields[i].name)) return false;
  if (const auto origin = head.find("Origin"); origin && is_foreign(*origin, *host)) return false;
  const auto site = head.find("Sec-Fetch-Site");
  return !site || *site == "same-origin" || *site == "none";
}

Access::Access(const Settings& settings, KeyRing& keys, DashboardSessions& sessions)
    : admin_key_(digest_of(settings.admin_key)),
      open_to_(settings.open_to),
      trust_proxy_(settings.trust_proxy),
      keys_(keys),
      sessions_(sessions) {
  if (!settings.metrics_token.empty()) metrics_token_ = digest_of(settings.metrics_token);
}

std::string Access::address(const HttpRequest& request) const {
  if (trust_proxy_)
    if (const auto real = request.head.find("X-Real-IP"); real && !real->empty() && real->size() <= 64)
      return std::string(*real);
  return request.peer.text;
}

Actor Access::actor(const HttpRequest& request, const Caller& caller) const {
  const std::string_view agent = request.head.find("User-Agent").value_or("");
  const char* const via = caller.session != 0                       ? "dashboard"
                          : agent.starts_with("kiosk-gateway-cli/") ? "cli"
                                                                    : "api";
  return {std::string(caller.name()), via, address(request)};
}

ErrorCode Access::failed(const HttpRequest& request, ErrorCode code, Instant now) {
  return failures_.allow(address(request), now) ? code : ErrorCode::rate_limited;
}

// Never for what requires admin. Behind a proxy every call comes from this machine, so none is local there.
Result<Caller> Access::without_key(const HttpRequest& request, std::uint8_t any_of) const {
  if (any_of == bit(Scope::admin))
    return Fault{ErrorCode::unauthorized,
                 "This requires a key with scope admin, even from this machine. The gateway's own key is in "
                 "DATA_DIR/admin.key; send it as 'Authorization: Bearer KEY'."};
  Caller caller;
  if (open_to_ == OpenTo::everyone) caller.scopes |= bit(Scope::send);
  if (open_to_ == OpenTo::this_machine && !trust_proxy_ && is_local_call(request)) caller.scopes |= kSendOrRead;
  if ((caller.scopes & any_of) == 0) return Fault{ErrorCode::unauthorized, {}};
  caller.address = network_of(address(request));
  return caller;
}

std::optional<Caller> Access::with_key(const HttpHead& head, WallTime now) const {
  const auto text = bearer(head);
  return text ? of_key(*text, now) : std::nullopt;
}

std::optional<Caller> Access::of_key(std::string_view text, WallTime now) const {
  const TokenDigest digest = digest_of(text);
  // Both are always compared, so that timing reveals nothing.
  const bool is_admin_key = same_digest(digest, admin_key_);
  KeyRef key = keys_.find(digest, now);
  if (is_admin_key) return Caller{nullptr, kAllScopes, true, 0};
  if (!key) return std::nullopt;
  const std::uint8_t scopes = scopes_of(*key);
  return Caller{std::move(key), scopes, false, 0};
}

bool Access::is_admin(const HttpHead& head, WallTime now) const {
  if (const auto caller = with_key(head, now)) return caller->has(Scope::admin);
  const auto value = cookie(head, kSessionCookie);
  const auto session = value ? sessions_.find(*value, now) : std::nullopt;
  return session && session->caller.has(Scope::admin);
}

// Where everyone may send, a foreign Authorization is ignored; elsewhere it is a wrong key.
Result<Caller> Access::without_our_key(const HttpRequest& request, std::uint8_t any_of, Instant now) {
  if (!request.head.find("Authorization")) return without_key(request, any_of);
  if (open_to_ == OpenTo::everyone && !names_our_key(request.head))
    if (auto caller = without_key(request, any_of)) return caller;
  return Fault{failed(request, ErrorCode::unauthorized, now), {}};
}

// Checks the credential first: a valid key is never refused because of others' failures. A missing key is not
// a guess and is not counted.
Result<Caller> Access::check(const HttpRequest& request, std::uint8_t any_of, const Now& now, Cookie counts,
                             bool charged) {
  std::optional<Caller> caller;
  if (request.head.find("Authorization")) caller = with_key(request.head, now.wall);
  if (!caller) {
    const auto session = counts == Cookie::counts ? session_of(request, now.wall) : std::nullopt;
    if (!session) return without_our_key(request, any_of, now.steady);
    if (auto own = check_own_page(request, *session); !own) return own.error();
    caller = session->caller;
  }
  if (charged)
    if (auto in_time = take_call(*caller, now.steady); !in_time) return in_time.error();
  if ((caller->scopes & any_of) == 0) {
    const char* const needed = (any_of & bit(Scope::send)) != 0   ? "send"
                               : (any_of & bit(Scope::read)) != 0 ? "read"
                                                                  : "admin";
    return Fault{ErrorCode::forbidden,
                 std::string("This key is not allowed to do that; use one with scope ") + needed + "."};
  }
  return std::move(*caller);
}

Result<void> Access::take_call(const Caller& caller, Instant now) {
  if (!caller.key || keys_.allow(*caller.key, now)) return {};
  return Fault{ErrorCode::rate_limited, "This key may make " + std::to_string(caller.key->rate_per_second) +
                                            " calls per second; slow down, or ask for a higher rate."};
}

std::optional<DashboardSessions::Session> Access::session_of(const HttpRequest& request, WallTime now) const {
  const auto value = cookie(request.head, kSessionCookie);
  return value && !names_our_key(request.head) ? sessions_.find(*value, now) : std::nullopt;
}

// A browser sends the cookie with any site's request: only those from the dashboard's own page are accepted.
Result<void> Access::check_own_page(const HttpRequest& request,
                                    const DashboardSessions::Session& session) const {
  if (!is_own_page(request))
    return Fault{ErrorCode::forbidden, "This request came from another site; use the gateway's own dashboard."};
  if (!is_write(request.head)) return {};
  const auto token = request.head.find("X-CSRF-Token");
  if (!token || !same_secret(*token, session.csrf))
    return Fault{ErrorCode::forbidden,
                 "X-CSRF-Token does not belong to this session; reload the dashboard and try again."};
  return {};
}

bool Access::is_own_page(const HttpRequest& request) const {
  const HttpHead& head = request.head;
  const auto site = head.find("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") return false;
  const auto origin = head.find("Origin");
  if (!origin || !is_foreign(*origin, head.find("Host").value_or(""))) return true;
  const auto host = trust_proxy_ ? head.find("X-Forwarded-Host") : std::nullopt;
  return host && !is_foreign(*origin, *host);
}

bool Access::over_tls(const HttpRequest& request) const {
  return request.tls ||
         (trust_proxy_ && same_ignoring_case(request.head.find("X-Forwarded-Proto").value_or(""), "https"));
}

bool Access::still_counts(const Caller& caller, WallTime now) const {
  if (caller.session != 0) return sessions_.alive(caller.session, now);
  if (caller.admin_key) return true;
  if (!caller.key) return true;  // by a setting, which only changes with a restart
  const KeyRef key = keys_.by_id(caller.key->id);
  return key && is_valid(*key, now);
}

bool Access::shows_metrics_token(const HttpHead& head) const {
  if (!metrics_token_) return false;
  const auto text = bearer(head);
  return text && same_digest(digest_of(*text), *metrics_token_);
}

}  // namespace kgw
