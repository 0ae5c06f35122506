// Kiosk tokens: JWT (RFC 7519) with HMAC (RFC 7518 3.2), hardened according to RFC 8725. The algorithm comes
// from the configuration, never from the token. No JWT library is packaged portably, so this small one is
// ours, and the tests attack it.
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
// "HS256", "HS384" or "HS512"; nullopt for anything else.
std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view name);

struct TokenClaims {
  std::string kiosk_id;
  std::optional<WallTime> issued_at{};
  WallTime expires_at{};
};

class TokenAuthority {
 public:
  // `previous`: secrets that are still valid for verification (JWT_SECRET_PREVIOUS). Secrets are never shown.
  TokenAuthority(JwtAlgorithm algorithm, std::string secret, std::vector<std::string> previous);
  ~TokenAuthority();
  TokenAuthority(TokenAuthority&&) noexcept;

  // Returns a signed token with {"kiosk_id","iat","exp","jti"}.
  std::string issue(std::string_view kiosk_id, WallTime now, std::chrono::days lifetime, Random& random) const;
  // Verifies the signature (in constant time), the algorithm, typ if present, the absence of `crit`, exp, nbf
  // if present (60 s of leeway for nbf, none for exp) and the form of kiosk_id. `iat` is informative and
  // never a reason for rejection (RFC 7519 4.1.6). Tokens of the older service (no jti) are accepted. A token
  // over limits::kTokenBytesMax is rejected before anything is computed. Error: unauthorized, with a sentence
  // that gives an attacker nothing useful.
  Result<TokenClaims> verify(std::string_view token, WallTime now) const;
  // Returns the sentence for a token that names a supported algorithm other than the configured one, else "".
  std::string wrong_algorithm(std::string_view token) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads a token's claims without checking its signature or times: only to show when an imported token
// expires. Returns nullopt if it does not have the form of our tokens.
std::optional<TokenClaims> read_claims_unverified(std::string_view token);

TokenDigest digest_of(std::string_view token);                 // SHA-256
bool same_secret(std::string_view a, std::string_view b);      // constant time (for equal lengths)
bool same_digest(const TokenDigest& a, const TokenDigest& b);  // constant time

}  // namespace kgw
