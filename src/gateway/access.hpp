// Access: who may do what (PROTOCOL.md 5). Credentials are verified first; what fails is rate-limited per
// address, so that a valid key is never refused for others' failures. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "gateway/caller.hpp"
#include "gateway/failure_limiter.hpp"
#include "net/http_server.hpp"
#include "wire/jwt.hpp"

namespace kgw {

class Access {
 public:
  struct Settings {
    std::string admin_key;
    std::string metrics_token;  // METRICS_TOKEN; empty: none
    bool open_send = false;     // ALLOW_UNAUTHENTICATED_SEND
    bool trust_proxy = false;   // TRUST_PROXY
  };
  // `keys` outlives this.
  Access(const Settings& settings, KeyRing& keys);

  // The caller, when it has one of the scopes in `any_of` (bits of Scope). Faults: unauthorized, forbidden,
  // rate_limited (its address failed too often, or its key called too often).
  Result<Caller> check(const HttpRequest& request, std::uint8_t any_of, const Now& now);
  // GET /metrics: scope read, or METRICS_TOKEN.
  Result<void> check_metrics(const HttpRequest& request, const Now& now);
  // The bearer has scope admin. Changes nothing, counts nothing.
  bool is_admin(const HttpHead& head, WallTime now) const;
  // A failed kiosk token: unauthorized as given, or rate_limited.
  ErrorCode failed(const HttpRequest& request, ErrorCode code, Instant now);
  // The peer's address, or X-Real-IP's with TRUST_PROXY.
  std::string address(const HttpRequest& request) const;
  Actor actor(const HttpRequest& request, const Caller& caller) const;

 private:
  Result<Caller> without_key(const HttpRequest& request, std::uint8_t any_of) const;
  // The bearer's; nothing: no key of ours.
  std::optional<Caller> with_key(const HttpHead& head, WallTime now) const;

  TokenDigest admin_key_;
  std::optional<TokenDigest> metrics_token_;
  bool open_send_;
  bool trust_proxy_;
  KeyRing& keys_;
  FailureLimiter failures_;
};

// True for a call from this machine that no proxy passed on and no foreign page made.
bool is_local_call(const HttpRequest& request);
// The credential of `Authorization: Bearer KEY`; nullopt when there is none, or more than one.
std::optional<std::string_view> bearer(const HttpHead& head);

}  // namespace kgw
