// Tokens, and every attack on them that RFC 8725 names.
#include "wire/jwt.hpp"
#include "wire/base64.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/hex.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "a secret of thirty-two bytes or more";
const WallTime kNow = wall_from_ms(1'700'000'000'000);
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kPayload = R"({"kiosk_id":"kiosk_001","iat":1699999999,"exp":1700000100})";

// HMAC by another path than the code's.
std::string hmac(std::string_view key, std::string_view text, const EVP_MD* digest = EVP_sha256()) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out, &size);
  return std::string(reinterpret_cast<const char*>(out), size);
}

std::string sign(std::string_view header, std::string_view payload, std::string_view key = kSecret,
                 const EVP_MD* digest = EVP_sha256()) {
  const std::string text = base64url_encode(header) + '.' + base64url_encode(payload);
  return text + '.' + base64url_encode(hmac(key, text, digest));
}

const TokenAuthority& authority() {
  static const TokenAuthority made(JwtAlgorithm::hs256, kSecret, {"an older secret"});
  return made;
}

bool passes(std::string_view token, WallTime now = kNow) {
  const auto result = authority().verify(token, now);
  EXPECT_TRUE(result.has_value() || result.error().code == ErrorCode::unauthorized);
  return result.has_value();
}
bool header_passes(std::string_view header) { return passes(sign(header, kPayload)); }
bool payload_passes(std::string_view payload) { return passes(sign(kHeader, payload)); }

TEST(Jwt, takes_what_it_made) {
  SeededRandom random(1);
  for (const JwtAlgorithm algorithm : {JwtAlgorithm::hs256, JwtAlgorithm::hs384, JwtAlgorithm::hs512}) {
    const TokenAuthority made(algorithm, kSecret, {});
    const std::string token = made.issue("kiosk_001", kNow, std::chrono::days(365), random);
    const auto claims = made.verify(token, kNow);
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(claims->kiosk_id, "kiosk_001");
    EXPECT_EQ(claims->issued_at, kNow);
    EXPECT_EQ(claims->expires_at, kNow + std::chrono::days(365));
    EXPECT_NE(token, made.issue("kiosk_001", kNow, std::chrono::days(365), random));
    const auto unverified = read_claims_unverified(token);
    ASSERT_TRUE(unverified.has_value());
    EXPECT_EQ(unverified->expires_at, claims->expires_at);
  }
  EXPECT_EQ(parse_jwt_algorithm("HS512"), JwtAlgorithm::hs512);
  for (const char* name : {"hs256", "none", "RS256", "", "HS2567"})
    EXPECT_EQ(parse_jwt_algorithm(name), std::nullopt);
}

TEST(Jwt, takes_tokens_that_others_made) {
  // RFC 7515 A.1, its own key, header with a line break, and signature.
  const auto key = base64url_decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  EXPECT_EQ(
      base64url_encode(hmac(
          *key,
          "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
          "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ")),
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_TRUE(passes(sign(kHeader, kPayload)));
  EXPECT_TRUE(passes(sign(kHeader, kPayload, "an older secret")));
  EXPECT_TRUE(
      header_passes(R"({"typ":"jwt","alg":"HS256","kid":"x","jku":"https://evil","jwk":{"k":"x"},"x5u":"y"})"));
  EXPECT_TRUE(header_passes(R"( {"alg" : "HS256"} )"));
  EXPECT_TRUE(payload_passes(R"({"exp":1.7000001e9,"kiosk_id":"kiosk_001"})"));
  EXPECT_TRUE(payload_passes(
      R"({"exp":1700000000.5,"iat":1700000059.9,"nbf":1700000059,"kiosk_id":"kiosk_001","admin":true})"));
}

TEST(Jwt, expires_and_begins) {
  EXPECT_TRUE(passes(sign(kHeader, kPayload), wall_from_ms(1'700'000'099'999)));
  EXPECT_FALSE(passes(sign(kHeader, kPayload), wall_from_ms(1'700'000'100'000)));
  EXPECT_FALSE(payload_passes(R"({"kiosk_id":"a","exp":1700000100,"nbf":1700000061})"));
  // Only an age: a kiosk's clock, or that of whoever made the token, may be ahead.
  EXPECT_TRUE(payload_passes(R"({"kiosk_id":"a","exp":1700000100,"iat":1700000061})"));
  EXPECT_TRUE(payload_passes(R"({"kiosk_id":"a","exp":1700000100,"iat":1799999999})"));
}

TEST(Jwt, algorithm_is_pinned) {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "RS256", "ES256", "PS256", "HS384", "HS512", "hs256",
                          "HS256 ", "", "HS256\\u0000"}) {
    const std::string header = R"({"alg":")" + std::string(alg) + R"(","typ":"JWT"})";
    EXPECT_FALSE(header_passes(header)) << alg;
    EXPECT_FALSE(passes(base64url_encode(header) + '.' + base64url_encode(kPayload) + '.')) << alg;
  }
  // Signed well, but by another algorithm than the one configured.
  EXPECT_FALSE(passes(sign(R"({"alg":"HS512"})", kPayload, kSecret, EVP_sha512())));
  EXPECT_FALSE(passes(sign(kHeader, kPayload, kSecret, EVP_sha512())));
  for (const char* header :
       {R"({"typ":"JWT"})", R"({"alg":["HS256"]})", R"({"alg":null})", R"({"alg":"HS256","alg":"HS256"})",
        R"({"alg":"none","alg":"HS256"})", R"({"alg":"HS256","al\u0067":"none"})",
        R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","crit":["exp"],"exp":1})",
        R"({"alg":"HS256","b64":false})", R"({"alg":"HS256","typ":"JWE"})", R"({"alg":"HS256","typ":1})",
        R"({"alg":"HS256","typ":"JWT","typ":"JWT"})", R"(["HS256"])", R"({"alg":"HS256"}x)",
        R"({"alg":"HS256",})", "", "null"})
    EXPECT_FALSE(header_passes(header)) << header;
}

TEST(Jwt, another_algorithm_is_named_with_the_setting) {
  const auto reason = [](const std::string& token) {
    const TokenAuthority authority(JwtAlgorithm::hs256, std::string(kSecret), {});
    return authority.verify(token, wall_from_ms(1'700'000'000'000)).error().message;
  };
  const auto names = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  for (const char* const alg : {"HS384", "HS512"}) {
    const std::string token = sign(R"({"alg":")" + std::string(alg) + R"(","typ":"JWT"})", kPayload);
    EXPECT_TRUE(names(reason(token), "JWT_ALGORITHM")) << reason(token);
    EXPECT_TRUE(names(reason(token), alg) && names(reason(token), "HS256")) << reason(token);
  }
  for (const char* const header : {R"({"alg":"none"})", R"({"alg":"RS256"})", R"({"alg":"HS256","typ":"JWE"})",
                                   R"({"alg":"HS512","alg":"HS512"})"})
    EXPECT_FALSE(names(reason(sign(header, kPayload)), "JWT_ALGORITHM")) << header;
  EXPECT_FALSE(names(reason(sign(kHeader, kPayload, "no secret of ours")), "JWT_ALGORITHM"));
}

TEST(Jwt, form_is_strict) {
  const std::string good = sign(kHeader, kPayload);
  const std::size_t last = good.rfind('.');
  EXPECT_FALSE(passes(""));
  EXPECT_FALSE(passes("."));
  EXPECT_FALSE(passes(".."));
  EXPECT_FALSE(passes("..."));
  EXPECT_FALSE(passes(good.substr(0, last)));           // no signature at all
  EXPECT_FALSE(passes(good.substr(0, last + 1)));       // an empty one
  EXPECT_FALSE(passes(good.substr(0, last + 1 + 22)));  // a truncated one
  EXPECT_FALSE(passes(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(passes(good + "."));
  EXPECT_FALSE(passes(good + ".."));  // five parts: JWE
  EXPECT_FALSE(passes(good + ".AAAA.AAAA"));
  for (const char* tail : {"=", "==", " ", "\n", "\r\n", "A", "AAAA", "\t"})
    EXPECT_FALSE(passes(good + tail)) << tail;
  EXPECT_FALSE(passes(good + std::string(1, '\0')));
  EXPECT_FALSE(passes(" " + good));
  EXPECT_FALSE(passes("Bearer " + good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(passes(good.substr(0, i)));
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = good;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_FALSE(passes(flipped)) << i << ' ' << bit;
    }
    std::string with_null = good;
    with_null[i] = '\0';
    EXPECT_FALSE(passes(with_null));
  }
  // 32 bytes leave two bits unused in the last of 43 characters: only zeros there are the token that was made.
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int passing = 0;
  for (const char c : alphabet) passing += passes(good.substr(0, good.size() - 1) + c) ? 1 : 0;
  EXPECT_EQ(passing, 1);
}

TEST(Jwt, signature_must_be_ours) {
  EXPECT_FALSE(passes(sign(kHeader, kPayload, "")));
  EXPECT_FALSE(passes(sign(kHeader, kPayload, kSecret + "x")));
  EXPECT_FALSE(passes(sign(kHeader, kPayload, "an older secreT")));
  // The payload of one, the signature of another.
  const std::string a = sign(kHeader, kPayload),
                    b = sign(kHeader, R"({"kiosk_id":"kiosk_002","exp":1700000100})");
  EXPECT_FALSE(passes(b.substr(0, b.rfind('.')) + a.substr(a.rfind('.'))));
}

TEST(Jwt, claims_are_checked) {
  for (const char* payload : {"",
                              "null",
                              "[]",
                              "{}",
                              "x",
                              R"({"kiosk_id":"a"})",
                              R"({"exp":1700000100})",
                              R"({"kiosk_id":"a","exp":1699999999})",
                              R"({"kiosk_id":"a","exp":"1700000100"})",
                              R"({"kiosk_id":"a","exp":null})",
                              R"({"kiosk_id":"a","exp":true})",
                              R"({"kiosk_id":"a","exp":-1})",
                              R"({"kiosk_id":"a","exp":1e400})",
                              R"({"kiosk_id":"a","exp":99999999999999999999999})",
                              R"({"kiosk_id":"a","exp":253402300800})",
                              R"({"kiosk_id":"a","exp":NaN})",
                              R"({"kiosk_id":"a","exp":1700000100,"exp":1800000000})",
                              R"({"kiosk_id":"a","exp":1700000100,"e\u0078p":1})",
                              R"({"kiosk_id":"a","kiosk_id":"b","exp":1700000100})",
                              R"({"kiosk_id":"a","exp":1700000100,"iat":1,"iat":1})",
                              R"({"kiosk_id":"a","exp":1700000100,"nbf":1,"nbf":1})",
                              R"({"kiosk_id":"a","exp":1700000100,"nbf":"1"})",
                              R"({"kiosk_id":"a","exp":1700000100,"iat":"x"})",
                              R"({"kiosk_id":1,"exp":1700000100})",
                              R"({"kiosk_id":"","exp":1700000100})",
                              R"({"kiosk_id":"a b","exp":1700000100})",
                              R"({"kiosk_id":"a\u0000","exp":1700000100})",
                              R"({"kiosk_id":["a"],"exp":1700000100})",
                              R"({"kiosk_id":"a","exp":1700000100}})",
                              "{\"kiosk_id\":\"a\",\"exp\":1700000100,\"x\":\"\xff\"}"})
    EXPECT_FALSE(payload_passes(payload)) << payload;
  EXPECT_FALSE(read_claims_unverified("a.b").has_value());
  EXPECT_FALSE(read_claims_unverified(sign(kHeader, "{}")).has_value());
  EXPECT_TRUE(read_claims_unverified(sign(kHeader, kPayload, "not ours")).has_value());
}

TEST(Jwt, size_is_bounded) {
  const std::string fill = R"({"kiosk_id":"a","exp":1700000100,"x":")";
  const auto sized = [&](std::size_t bytes) { return sign(kHeader, fill + std::string(bytes, 'a') + "\"}"); };
  EXPECT_TRUE(passes(sized(2800)));
  EXPECT_LE(sized(2800).size(), limits::kTokenBytesMax);
  EXPECT_FALSE(passes(sized(3100)));
  EXPECT_GT(sized(3100).size(), limits::kTokenBytesMax);
  EXPECT_FALSE(passes(std::string(10'000'000, 'a')));
  EXPECT_FALSE(passes(std::string(4000, '.')));
}

TEST(Jwt, faults_tell_nothing) {
  for (const std::string& token : {sign(R"({"alg":"none"})", kPayload), sign(kHeader, kPayload, "wrong"),
                                   sign(kHeader, "{}"), std::string("x")}) {
    const auto result = authority().verify(token, kNow);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message, authority().verify("", kNow).error().message);
  }
}

TEST(Base64Url, is_strict) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
  EXPECT_EQ(base64url_decode("-_8"), "\xfb\xff");
  for (int size = 0; size < 70; ++size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + size);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
  for (const char* text :
       {"A", "AB", "AAB", "AA==", "AA=", "A A", "AAA\n", "AA+A", "AA/A", "AAAAA", "AA.A", "\xc3\xa9"})
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  EXPECT_EQ(base64url_decode(std::string("AA\0A", 4)), std::nullopt);
}

TEST(Digest, is_sha256) {
  const TokenDigest digest = digest_of("abc");
  EXPECT_EQ(hex::text(digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
}

}  // namespace
}  // namespace kgw
