// Access: who may do what (PROTOCOL.md 5). Credentials are verified first; what fails is rate-limited per
// address, so that a valid key is never refused for others' failures. Loop thread only.
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
  // Whether the dashboard's cookie counts for a call like the key that it stands for. Never where machines
  // call.
  enum class Cookie : std::uint8_t { ignored, counts };
  struct Settings {
    std::string admin_key;
    std::string metrics_token;        // METRICS_TOKEN; empty: none
    OpenTo open_to = OpenTo::nobody;  // ALLOW_UNAUTHENTICATED_SEND
    bool trust_proxy = false;         // TRUST_PROXY
  };
  // `keys` and `sessions` outlive this.
  Access(const Settings& settings, KeyRing& keys, DashboardSessions& sessions);

  // The caller, when it has one of the scopes in `any_of` (bits of Scope). Faults: unauthorized, forbidden,
  // rate_limited (its address failed too often, or its key called too often).
  // Not `charged`: asked ahead of the call itself, which is what counts against the key's rate.
  Result<Caller> check(const HttpRequest& request, std::uint8_t any_of, const Now& now,
                       Cookie counts = Cookie::ignored, bool charged = true);
  // Takes one call from the rate of the caller's key. Fault: rate_limited.
  Result<void> take_call(const Caller& caller, Instant now);
  // The bearer is METRICS_TOKEN.
  bool shows_metrics_token(const HttpHead& head) const;
  // The bearer, or the session of the cookie, has scope admin. Changes nothing, counts nothing.
  bool is_admin(const HttpHead& head, WallTime now) const;
  // The session that the call's cookie names, when it counts and no key of ours was given beside it.
  std::optional<DashboardSessions::Session> session_of(const HttpRequest& request, WallTime now) const;
  // No page of another site made this call; a write with a session bears its CSRF token. Fault: forbidden.
  Result<void> check_own_page(const HttpRequest& request, const DashboardSessions::Session& session) const;
  bool is_own_page(const HttpRequest& request) const;
  // It reached us, or the proxy in front that we trust, over TLS.
  bool over_tls(const HttpRequest& request) const;
  // What let this caller in some time ago still does: for what lasts.
  bool still_counts(const Caller& caller, WallTime now) const;
  // Whose key this text is; nothing: nobody's.
  std::optional<Caller> of_key(std::string_view text, WallTime now) const;
  // A failed kiosk token or login: unauthorized as given, or rate_limited.
  ErrorCode failed(const HttpRequest& request, ErrorCode code, Instant now);
  // The peer's address, or X-Real-IP's with TRUST_PROXY.
  std::string address(const HttpRequest& request) const;
  Actor actor(const HttpRequest& request, const Caller& caller) const;

 private:
  Result<Caller> without_key(const HttpRequest& request, std::uint8_t any_of) const;
  Result<Caller> without_our_key(const HttpRequest& request, std::uint8_t any_of, Instant now);
  // The bearer's; nothing: no key of ours.
  std::optional<Caller> with_key(const HttpHead& head, WallTime now) const;

  TokenDigest admin_key_;
  std::optional<TokenDigest> metrics_token_;
  OpenTo open_to_;
  bool trust_proxy_;
  KeyRing& keys_;
  DashboardSessions& sessions_;
  FailureLimiter failures_;
};

// True for a call from this machine in HTTP/1.1 that no proxy names itself in and no foreign page made.
bool is_local_call(const HttpRequest& request);
// True for an Authorization that can be meant for us: one that bears a key of the form kgw_..., or more than
// one field. What an identity proxy or a backend of the older service sends is foreign.
bool names_our_key(const HttpHead& head);
// The credential of `Authorization: Bearer KEY`; nullopt when there is none, or more than one.
std::optional<std::string_view> bearer(const HttpHead& head);

}  // namespace kgw
