#include "wire/signing/webhook_signature.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/hex.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

// The vector that the scheme's own libraries are tested with.
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kOldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string secret_of(std::size_t bytes) { return "whsec_" + base64_encode(std::string(bytes, '\xff')); }

TEST(WebhookSignature, the_published_vector) {
  const auto key = WebhookKey::parse(kSecret);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->sign(kId, "1614265330", kBody), kSignature);
  EXPECT_NE(key->sign(kId, "1614265331", kBody), kSignature);
  EXPECT_NE(key->sign("msg", "1614265330", kBody), kSignature);
  EXPECT_NE(key->sign(kId, "1614265330", ""), kSignature);
}

TEST(WebhookSignature, three_headers_and_a_signature_of_each_secret) {
  std::vector<WebhookKey> keys;
  keys.push_back(*WebhookKey::parse(kSecret));
  const WallTime now = wall_from_ms(1'614'265'330'999);
  const WebhookFields one = webhook_fields(keys, kId, now, kBody);
  EXPECT_EQ(one.id, "webhook-id: " + std::string(kId));
  EXPECT_EQ(one.timestamp, "webhook-timestamp: 1614265330");
  EXPECT_EQ(one.signature, "webhook-signature: " + std::string(kSignature));
  keys.push_back(*WebhookKey::parse(kOldSecret));
  EXPECT_EQ(webhook_fields(keys, kId, now, kBody).signature,
            "webhook-signature: " + std::string(kSignature) + ' ' + keys[1].sign(kId, "1614265330", kBody));
}

TEST(WebhookSignature, a_new_secret_is_random_and_valid) {
  SeededRandom random(1);
  const std::string secret = make_webhook_secret(random);
  EXPECT_EQ(secret.size(), 50U);
  EXPECT_TRUE(WebhookKey::parse(secret));
  EXPECT_NE(make_webhook_secret(random), secret);
}

TEST(WebhookSignature, a_secret_has_24_to_64_bytes_of_base64) {
  EXPECT_TRUE(WebhookKey::parse(secret_of(24)));
  EXPECT_TRUE(WebhookKey::parse(secret_of(64)));
  for (const std::string& text :
       {std::string(), std::string("whsec_"), secret_of(23), secret_of(65), std::string(kSecret.substr(6)),
        "WHSEC_" + std::string(kSecret.substr(6)), std::string(kSecret) + "\n", std::string(kSecret) + ' ',
        ' ' + std::string(kSecret), "whsec_" + base64url_encode(std::string(30, '\xff')),
        secret_of(31).substr(0, secret_of(31).size() - 1), secret_of(31) + '=',
        "whsk_" + secret_of(32).substr(6)})
    EXPECT_FALSE(WebhookKey::parse(text)) << text;
}

// RFC 4231 4.3 and 4.7: a key that is shorter, and one that is longer, than a block.
TEST(Hmac, published_vectors) {
  const auto hex_of = [](const std::string& bytes) {
    return hex::text(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  };
  EXPECT_EQ(hex_of(Hmac("SHA256", "Jefe").sign({"what do ya want ", "", "for nothing?"})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_of(Hmac("SHA256", std::string(131, '\xaa'))
                       .sign({"Test Using Larger Than Block-Size Key - Hash Key First"})),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_THROW(Hmac("NONE256", "key"), std::runtime_error);
}

// RFC 4648 10.
TEST(Base64, published_vectors) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xfb\xff", "+/8="}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, is_strict) {
  for (const std::string_view text : {"Zg", "Zg=", "Zg===", "Z", "Z===", "====", "=", "Zh==", "Zm9=",
                                      "Zm9v====", "Zm9v=", "-_8=", "Zg==\n", " Zg==", "Z g=", "Zg==Zg=="})
    EXPECT_FALSE(base64_decode(text)) << text;
}

}  // namespace
}  // namespace kgw
