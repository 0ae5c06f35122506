#include "gateway/access.hpp"

#include <algorithm>
#include <utility>

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

// "http://localhost:3000" as an Origin: only the very host and port that the call went to is not foreign.
bool is_foreign(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos || !same_ignoring_case(origin.substr(scheme + 3), host);
}

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

bool is_local_call(const HttpRequest& request) {
  const HttpHead& head = request.head;
  const auto host = head.find("Host");
  if (!request.peer.loopback || !host || !is_local_host(host_of(*host))) return false;
  for (const char* const field : {"X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"})
    if (head.find(field)) return false;
  if (const auto origin = head.find("Origin"); origin && is_foreign(*origin, *host)) return false;
  const auto site = head.find("Sec-Fetch-Site");
  return !site || *site == "same-origin" || *site == "none";
}

Access::Access(const Settings& settings, KeyRing& keys)
    : admin_key_(digest_of(settings.admin_key)),
      open_send_(settings.open_send),
      trust_proxy_(settings.trust_proxy),
      keys_(keys) {
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
  return {std::string(caller.name()), agent.starts_with("kiosk-gateway-cli/") ? "cli" : "api",
          address(request)};
}

ErrorCode Access::failed(const HttpRequest& request, ErrorCode code, Instant now) {
  return failures_.allow(address(request), now) ? code : ErrorCode::rate_limited;
}

// Never for what needs admin. From this machine until the first key for sending is made: from then on the owner
// has said who may.
Result<Caller> Access::without_key(const HttpRequest& request, std::uint8_t any_of) const {
  if (any_of == bit(Scope::admin))
    return Fault{ErrorCode::unauthorized,
                 "This needs a key with scope admin, also from this machine. The gateway's own is in "
                 "DATA_DIR/admin.key: send it as 'Authorization: Bearer KEY'."};
  Caller caller;
  if (open_send_) caller.scopes |= bit(Scope::send);
  if (!keys_.send_key_made() && is_local_call(request)) caller.scopes |= kSendOrRead;
  if ((caller.scopes & any_of) == 0) return Fault{ErrorCode::unauthorized, {}};
  return caller;
}

std::optional<Caller> Access::with_key(const HttpHead& head, WallTime now) const {
  const auto text = bearer(head);
  if (!text) return std::nullopt;
  const TokenDigest digest = digest_of(*text);
  // Both are looked at, whichever it is, so that the time tells nothing.
  const bool is_admin_key = same_digest(digest, admin_key_);
  KeyRef key = keys_.find(digest, now);
  if (is_admin_key) return Caller{nullptr, kAllScopes, true};
  if (!key) return std::nullopt;
  const std::uint8_t scopes = (key->scopes & bit(Scope::admin)) != 0 ? kAllScopes : key->scopes;
  return Caller{std::move(key), scopes, false};
}

bool Access::is_admin(const HttpHead& head, WallTime now) const {
  const auto caller = with_key(head, now);
  return caller && caller->has(Scope::admin);
}

// The credential first: a valid key is never refused for others' failures. A missing key is no guess and costs
// nothing.
Result<Caller> Access::check(const HttpRequest& request, std::uint8_t any_of, const Now& now) {
  if (!request.head.find("Authorization")) return without_key(request, any_of);
  std::optional<Caller> caller = with_key(request.head, now.wall);
  if (!caller) return Fault{failed(request, ErrorCode::unauthorized, now.steady), {}};
  if (caller->key && !keys_.allow(*caller->key, now.steady))
    return Fault{ErrorCode::rate_limited, "This key may make " + std::to_string(caller->key->rate_per_second) +
                                              " calls a second; spread them out, or ask for a higher rate."};
  if ((caller->scopes & any_of) == 0) {
    const char* const needed = (any_of & bit(Scope::send)) != 0   ? "send"
                               : (any_of & bit(Scope::read)) != 0 ? "read"
                                                                  : "admin";
    return Fault{ErrorCode::forbidden,
                 std::string("This key may not do that; use one with scope ") + needed + "."};
  }
  return std::move(*caller);
}

Result<void> Access::check_metrics(const HttpRequest& request, const Now& now) {
  if (metrics_token_)
    if (const auto text = bearer(request.head); text && same_digest(digest_of(*text), *metrics_token_))
      return {};
  const auto caller = check(request, bit(Scope::read), now);
  if (!caller) return caller.error();
  return {};
}

}  // namespace kgw
