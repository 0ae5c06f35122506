#include "gateway/access.hpp"

#include <algorithm>

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

bool FailureLimiter::allow(const std::string& address, Instant now) {
  auto found = buckets_.find(address);
  if (found == buckets_.end()) {
    if (by_use_.size() >= kAddressesMax) {
      buckets_.erase(by_use_.back().address);
      by_use_.pop_back();
    }
    by_use_.push_front(Bucket{address, kBurst, now});
    found = buckets_.emplace(by_use_.front().address, by_use_.begin()).first;
  } else {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
  }
  Bucket& bucket = *found->second;
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.left = std::min(kBurst, bucket.left + seconds * kPerSecond);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

std::optional<std::string_view> bearer(const HttpHead& head) {
  const auto value = head.find("Authorization");
  if (!value || value->size() < 7 || !same_ignoring_case(value->substr(0, 7), "Bearer ")) return std::nullopt;
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

Access::Access(const Settings& settings)
    : admin_key_(digest_of(settings.admin_key)),
      open_send_(settings.open_send),
      trust_proxy_(settings.trust_proxy) {}

std::string Access::address(const HttpRequest& request) const {
  if (trust_proxy_)
    if (const auto real = request.head.find("X-Real-IP"); real && !real->empty() && real->size() <= 64)
      return std::string(*real);
  return request.peer.text;
}

ErrorCode Access::failed(const HttpRequest& request, ErrorCode code, Instant now) {
  return failures_.allow(address(request), now) ? code : ErrorCode::rate_limited;
}

Result<void> Access::check_without_key(const HttpRequest& request, Scope scope) const {
  if (scope == Scope::admin)
    return Fault{ErrorCode::unauthorized,
                 "This needs the admin key, also from this machine; it is in DATA_DIR/admin.key: send it as "
                 "'Authorization: "
                 "Bearer KEY'."};
  if (scope == Scope::send && open_send_) return {};
  if (is_local_call(request)) return {};
  return Fault{ErrorCode::unauthorized, {}};
}

bool Access::is_admin(const HttpHead& head) const {
  const auto key = bearer(head);
  if (!key || head.count("Authorization") != 1) return false;
  const auto bytes = [](const TokenDigest& d) {
    return std::string_view(reinterpret_cast<const char*>(d.data()), d.size());
  };
  return same_secret(bytes(digest_of(*key)), bytes(admin_key_));
}

// The credential first: a valid key is never refused for others' failures. A missing key is no guess and costs
// nothing.
Result<void> Access::check(const HttpRequest& request, Scope scope, Instant now) {
  if (!request.head.find("Authorization")) return check_without_key(request, scope);
  if (is_admin(request.head)) return {};
  return Fault{failed(request, ErrorCode::unauthorized, now), {}};
}

}  // namespace kgw
