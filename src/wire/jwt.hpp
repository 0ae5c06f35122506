// Kiosk tokens: JWT (RFC 7519) with HMAC (RFC 7518 3.2), hardened by RFC 8725. The algorithm is pinned by
// configuration, never taken from the token. No JWT library is packaged in a portable way, so it is here,
// small, and attacked in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw {

enum class JwtAlgorithm : std::uint8_t { hs256, hs384, hs512 };
std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view name);

struct TokenClaims {
  std::string kiosk_id;
  std::optional<WallTime> issued_at{};
  WallTime expires_at{};
};

class TokenAuthority {
 public:
  // `previous`: secrets that still verify (JWT_SECRET_PREVIOUS). Secrets are copied and never shown.
  TokenAuthority(JwtAlgorithm algorithm, std::string secret, std::vector<std::string> previous);
  ~TokenAuthority();
  TokenAuthority(TokenAuthority&&) noexcept;

  // {"kiosk_id","iat","exp","jti"}, signed.
  std::string issue(std::string_view kiosk_id, WallTime now, std::chrono::days lifetime, Random& random) const;
  // Verifies signature (in constant time), algorithm, typ if present, absence of `crit`, exp, nbf if present
  // (60 s of leeway for nbf, none for exp), kiosk_id's form. `iat` tells an age and refuses nothing (RFC 7519
  // 4.1.6). Error: unauthorized, with a
  // sentence that says nothing an attacker could use. Accepts tokens of the older service (no jti). Rejects
  // anything over limits::kTokenBytesMax before it computes anything.
  Result<TokenClaims> verify(std::string_view token, WallTime now) const;
  // The sentence for a token that bears another HMAC than the configured one; empty: that is not its fault.
  std::string wrong_algorithm(std::string_view token) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What a token says of itself, signature and times unchecked: only for showing when an imported token expires.
// nullopt when it is no token of ours in form.
std::optional<TokenClaims> read_claims_unverified(std::string_view token);

TokenDigest digest_of(std::string_view token);                 // SHA-256
bool same_secret(std::string_view a, std::string_view b);      // constant time (for equal lengths)
bool same_digest(const TokenDigest& a, const TokenDigest& b);  // constant time

}  // namespace kgw
