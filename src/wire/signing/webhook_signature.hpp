// Signatures of callbacks by the Standard Webhooks scheme (its "Signature scheme" and "Webhook headers"):
// HMAC-SHA256 over "id.timestamp.body", with secrets that are written `whsec_` and base64. Const methods may
// run on any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "wire/signing/hmac.hpp"

namespace kgw {

// A new secret of 32 random bytes, as it is shown once and kept: "whsec_…", 50 characters.
std::string make_webhook_secret(Random& random);

class WebhookKey {
 public:
  // Of a secret's text: `whsec_` and strict base64 of 24 to 64 bytes. nullopt: it is none.
  static std::optional<WebhookKey> parse(std::string_view secret);

  // "v1,<base64>". `id` has no '.', but what the gateway puts there itself; `seconds` is the header
  // `webhook-timestamp`, of this try and not of the first one.
  std::string sign(std::string_view id, std::string_view seconds, std::string_view body) const;

 private:
  explicit WebhookKey(std::string_view bytes) : hmac_("SHA256", bytes) {}
  Hmac hmac_;
};

// The three headers of one try, as "name: value". While a secret is rotated `keys` has the new one and the old
// one, and `webhook-signature` one signature of each, separated by a space. REQUIRES at least one key.
struct WebhookFields {
  std::string id;
  std::string timestamp;
  std::string signature;
};
WebhookFields webhook_fields(std::span<const WebhookKey> keys, std::string_view id, WallTime now,
                             std::string_view body);

}  // namespace kgw
