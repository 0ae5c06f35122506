// Tokens in JWS compact form with HMAC (RFC 7515, 7518 3.2, 7519; hardened according to RFC 8725). One keyed
// EVP_MAC context per secret, duplicated for each use, so that the key is set up once; const methods may run
// on any thread. Until its signature is verified, only a token's form and header are read.
#include "wire/jwt.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "base/hex.hpp"
#include "base/limits.hpp"
#include "wire/base64.hpp"
#include "wire/http_head.hpp"
#include "wire/json_scan.hpp"
#include "wire/sha256.hpp"
#include "wire/signing/hmac.hpp"

namespace kgw {
namespace {

constexpr std::chrono::seconds kLeeway{60};          // for clocks that are ahead of ours
constexpr double kLatestSecond = 253'402'300'799.0;  // the end of the year 9999
constexpr std::string_view kRefusal =
    "The token is not valid here; create a new one with 'kiosk-gateway kiosk token ID'.";
constexpr std::string_view kExpired =
    "The token has expired; create a new one with 'kiosk-gateway kiosk token ID'.";
constexpr std::string_view kNotYet = "The token is not valid yet; check the clocks of both machines.";

Fault refused(std::string_view sentence = kRefusal) {
  return Fault{ErrorCode::unauthorized, std::string(sentence)};
}

struct AlgorithmInfo {
  std::string_view name;  // in a token's header
  const char* digest;     // in OpenSSL
};
const AlgorithmInfo& about(JwtAlgorithm algorithm) {
  static constexpr std::array<AlgorithmInfo, 3> kTable{
      {{"HS256", "SHA256"}, {"HS384", "SHA384"}, {"HS512", "SHA512"}}};
  return kTable[static_cast<std::size_t>(algorithm)];
}

// header.payload.signature
struct Parts {
  std::string_view header, payload, signature;
  std::string_view signed_text;
};

std::optional<Parts> split(std::string_view token) {
  if (token.size() > limits::kTokenBytesMax) return std::nullopt;
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

// Returns the algorithm named in the header, if it is one of ours.
std::optional<JwtAlgorithm> algorithm_in(std::string_view encoded) {
  const auto header = base64url_decode(encoded);
  JsonMember alg[] = {{"alg"}};
  if (!header || !json_scan(*header, alg).is_object || alg[0].count != 1 || alg[0].kind != JsonKind::string)
    return std::nullopt;
  return parse_jwt_algorithm(json_unescape(alg[0].value));
}

bool header_is_ours(std::string_view encoded, JwtAlgorithm algorithm) {
  const auto header = base64url_decode(encoded);
  if (!header) return false;
  std::array<JsonMember, 4> members;
  auto& [alg, typ, crit, b64] = members;
  alg.name = "alg";
  typ.name = "typ";
  crit.name = "crit";
  b64.name = "b64";  // RFC 7797 would change what is signed
  if (!json_scan(*header, members).is_object) return false;
  if (alg.count != 1 || !json_equals(alg.value, about(algorithm).name)) return false;
  if (crit.count != 0 || b64.count != 0 || typ.count > 1) return false;
  return typ.count == 0 ||
         (typ.kind == JsonKind::string && same_ignoring_case(json_unescape(typ.value), "JWT"));
}

// Reads a NumericDate (RFC 7519 2): seconds, optionally with a fraction. nullopt if it is not one, or beyond
// what a clock can show.
std::optional<WallTime> read_date(const JsonMember& member) {
  if (member.count != 1 || member.kind != JsonKind::number) return std::nullopt;
  double seconds = 0;
  const auto [end, error] =
      std::from_chars(member.value.data(), member.value.data() + member.value.size(), seconds);
  if (error != std::errc() || !(seconds >= 0 && seconds <= kLatestSecond)) return std::nullopt;
  return WallTime(Milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

struct Claims {
  TokenClaims claims;
  std::optional<WallTime> not_before;
};

std::optional<Claims> read_claims(std::string_view encoded) {
  const auto payload = base64url_decode(encoded);
  if (!payload) return std::nullopt;
  std::array<JsonMember, 4> members;
  auto& [kiosk_id, iat, exp, nbf] = members;
  kiosk_id.name = "kiosk_id";
  iat.name = "iat";
  exp.name = "exp";
  nbf.name = "nbf";
  if (!json_scan(*payload, members).is_object) return std::nullopt;
  Claims read;
  if (kiosk_id.count != 1 || kiosk_id.kind != JsonKind::string) return std::nullopt;
  read.claims.kiosk_id = json_unescape(kiosk_id.value);
  if (!is_name(read.claims.kiosk_id)) return std::nullopt;
  const auto expires_at = read_date(exp);
  if (!expires_at) return std::nullopt;
  read.claims.expires_at = *expires_at;
  if (iat.count != 0) {
    const auto issued_at = read_date(iat);
    if (!issued_at) return std::nullopt;
    read.claims.issued_at = *issued_at;
  }
  if (nbf.count != 0) {
    read.not_before = read_date(nbf);
    if (!read.not_before) return std::nullopt;
  }
  return read;
}

std::string seconds_text(WallTime time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace

std::optional<JwtAlgorithm> parse_jwt_algorithm(std::string_view name) {
  for (const JwtAlgorithm algorithm : {JwtAlgorithm::hs256, JwtAlgorithm::hs384, JwtAlgorithm::hs512})
    if (about(algorithm).name == name) return algorithm;
  return std::nullopt;
}

struct TokenAuthority::Impl {
  JwtAlgorithm algorithm;
  std::vector<Hmac> keys;  // the current one first
};

TokenAuthority::TokenAuthority(JwtAlgorithm algorithm, std::string secret, std::vector<std::string> previous)
    : impl_(std::make_unique<Impl>()) {
  impl_->algorithm = algorithm;
  previous.insert(previous.begin(), std::move(secret));
  for (std::string& key : previous) {
    impl_->keys.emplace_back(about(algorithm).digest, key);
    OPENSSL_cleanse(key.data(), key.size());
  }
}
TokenAuthority::~TokenAuthority() = default;
TokenAuthority::TokenAuthority(TokenAuthority&&) noexcept = default;

std::string TokenAuthority::issue(std::string_view kiosk_id, WallTime now, std::chrono::days lifetime,
                                  Random& random) const {
  std::array<std::uint8_t, 16> id{};
  random.fill(id);
  std::string header = R"({"alg":")";
  header.append(about(impl_->algorithm).name).append(R"(","typ":"JWT"})");
  std::string payload = R"({"kiosk_id":)";
  append_json_string(payload, kiosk_id);
  payload += ",\"iat\":" + seconds_text(now) + ",\"exp\":" + seconds_text(now + lifetime) + ",\"jti\":\"";
  payload += hex::text(id);
  payload += "\"}";
  std::string token = base64url_encode(header) + '.' + base64url_encode(payload);
  return token + '.' + base64url_encode(impl_->keys.front().sign({token}));
}

Result<TokenClaims> TokenAuthority::verify(std::string_view token, WallTime now) const {
  const auto parts = split(token);
  if (!parts) return refused();
  if (!header_is_ours(parts->header, impl_->algorithm)) {
    const std::string why = wrong_algorithm(token);
    return why.empty() ? refused() : refused(why);
  }
  const auto signature = base64url_decode(parts->signature);
  if (!signature) return refused();
  bool signed_by_us = false;  // every key is tried, so that timing does not reveal which one matched
  for (const Hmac& key : impl_->keys)
    if (same_secret(key.sign({parts->signed_text}), *signature)) signed_by_us = true;
  if (!signed_by_us) return refused();
  auto read = read_claims(parts->payload);
  if (!read) return refused();
  if (read->claims.expires_at <= now) return refused(kExpired);
  if (read->not_before && *read->not_before > now + kLeeway) return refused(kNotYet);
  return std::move(read->claims);
}

std::string TokenAuthority::wrong_algorithm(std::string_view token) const {
  const auto parts = split(token);
  const auto named = parts ? algorithm_in(parts->header) : std::nullopt;
  if (!named || *named == impl_->algorithm) return "";
  const std::string theirs(about(*named).name);
  return "The token is signed with " + theirs + ", and this gateway's JWT_ALGORITHM is " +
         std::string(about(impl_->algorithm).name) + "; set JWT_ALGORITHM=" + theirs +
         " if all tokens are signed that way, or create a new token with 'kiosk-gateway kiosk token ID'.";
}

std::optional<TokenClaims> read_claims_unverified(std::string_view token) {
  const auto parts = split(token);
  if (!parts) return std::nullopt;
  auto read = read_claims(parts->payload);
  if (!read) return std::nullopt;
  return std::move(read->claims);
}

TokenDigest digest_of(std::string_view token) {
  Sha256 sum;
  sum.add(token);
  return sum.end();
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool same_digest(const TokenDigest& a, const TokenDigest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace kgw
