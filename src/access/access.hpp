// Access: who may do what (PROTOCOL.md 5). Credentials are verified first and only failures are rate-limited
// per address, so that a valid key is never refused because of others' failures. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "access/caller.hpp"
#include "access/dashboard_sessions.hpp"
#include "access/failure_limiter.hpp"
#include "base/clock.hpp"
#include "base/open_to.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"
#include "wire/jwt.hpp"

namespace kgw {

inline constexpr std::string_view kSessionCookie = "kgw_session";

class Access {
 public:
  // Whether the dashboard's cookie is accepted in place of the key that it stands for. Never where machines
  // call.
  enum class Cookie : std::uint8_t { ignored, counts };
  struct Settings {
    std::string admin_key;
    std::string metrics_token;        // METRICS_TOKEN; empty: none
    OpenTo open_to = OpenTo::nobody;  // ALLOW_UNAUTHENTICATED_SEND
    bool trust_proxy = false;         // TRUST_PROXY
  };
  // Requires `keys` and `sessions` to outlive this.
  Access(const Settings& settings, KeyRing& keys, DashboardSessions& sessions);

  // Returns the caller if it has one of the scopes in `any_of` (bits of Scope). Faults: unauthorized,
  // forbidden, rate_limited (too many failures from its address, or too many calls with its key). Without
  // `charged` the call is not deducted from the key's rate: for a check ahead of the call itself.
  Result<Caller> check(const HttpRequest& request, std::uint8_t any_of, const Now& now,
                       Cookie counts = Cookie::ignored, bool charged = true);
  // Deducts one call from the rate of the caller's key. Fault: rate_limited.
  Result<void> take_call(const Caller& caller, Instant now);
  // Returns whether the bearer is METRICS_TOKEN.
  bool shows_metrics_token(const HttpHead& head) const;
  // Returns whether the bearer, or else the cookie's session, has scope admin. Counts neither a call nor a
  // failure.
  bool is_admin(const HttpHead& head, WallTime now) const;
  // Returns the session that the request's cookie names, or nullopt if it is not valid or a key of ours was
  // sent too.
  std::optional<DashboardSessions::Session> session_of(const HttpRequest& request, WallTime now) const;
  // Checks that no other site's page made this call and that a write carries the session's CSRF token. Fault:
  // forbidden.
  Result<void> check_own_page(const HttpRequest& request, const DashboardSessions::Session& session) const;
  bool is_own_page(const HttpRequest& request) const;
  // Returns whether the trusted proxy in front of us was called over TLS; false without TRUST_PROXY.
  bool over_tls(const HttpRequest& request) const;
  // Returns whether what once authorized this caller is still valid: for connections that stay open.
  bool still_counts(const Caller& caller, WallTime now) const;
  // Returns the key's owner, or nullopt if the key is unknown, revoked or expired.
  std::optional<Caller> of_key(std::string_view text, WallTime now) const;
  // Counts a failed kiosk token or login of this address; returns `code`, or rate_limited after too many.
  ErrorCode failed(const HttpRequest& request, ErrorCode code, Instant now);
  // Returns the peer's address, or with TRUST_PROXY that of X-Real-IP.
  std::string address(const HttpRequest& request) const;
  Actor actor(const HttpRequest& request, const Caller& caller) const;

 private:
  Result<Caller> without_key(const HttpRequest& request, std::uint8_t any_of) const;
  Result<Caller> without_our_key(const HttpRequest& request, std::uint8_t any_of, Instant now);
  // The bearer's caller, or nullopt if it is not a valid key of ours.
  std::optional<Caller> with_key(const HttpHead& head, WallTime now) const;

  TokenDigest admin_key_;
  std::optional<TokenDigest> metrics_token_;
  OpenTo open_to_;
  bool trust_proxy_;
  KeyRing& keys_;
  DashboardSessions& sessions_;
  FailureLimiter failures_;
};

// Returns whether an HTTP/1.1 call came from this machine, without a proxy's header and not from a foreign
// page.
bool is_local_call(const HttpRequest& request);
// Returns whether Authorization may be meant for us: it has a key of the form kgw_..., or is repeated. What
// an identity proxy or a backend of the older service sends is foreign.
bool names_our_key(const HttpHead& head);
// Returns the credential of `Authorization: Bearer KEY`, or nullopt if there is none or more than one.
std::optional<std::string_view> bearer(const HttpHead& head);

}  // namespace kgw
