#include "wire/signing/webhook_signature.hpp"

#include <openssl/crypto.h>

#include <array>

#include "base/check.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;

}  // namespace

std::string make_webhook_secret(Random& random) {
  std::array<std::uint8_t, kSecretBytes> bytes{};
  random.fill(bytes);
  std::string secret(kPrefix);
  secret += base64_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return secret;
}

std::optional<WebhookKey> WebhookKey::parse(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  auto bytes = base64_decode(secret.substr(kPrefix.size()));
  if (!bytes || bytes->size() < kSecretBytesMin || bytes->size() > kSecretBytesMax) return std::nullopt;
  WebhookKey key(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return key;
}

std::string WebhookKey::sign(std::string_view id, std::string_view seconds, std::string_view body) const {
  return "v1," + base64_encode(hmac_.sign({id, ".", seconds, ".", body}));
}

WebhookFields webhook_fields(std::span<const WebhookKey> keys, std::string_view id, WallTime now,
                             std::string_view body) {
  KGW_CHECK(!keys.empty());
  const std::string seconds =
      std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::string signatures;
  for (const WebhookKey& key : keys) {
    if (!signatures.empty()) signatures += ' ';
    signatures += key.sign(id, seconds, body);
  }
  return {"webhook-id: " + std::string(id), "webhook-timestamp: " + seconds,
          "webhook-signature: " + signatures};
}

}  // namespace kgw
