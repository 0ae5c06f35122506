// Signatures of callbacks as Standard Webhooks defines them ("Signature scheme", "Webhook headers"):
// HMAC-SHA256 of "id.timestamp.body" with secrets written as `whsec_` and base64. Const methods may run on any
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "wire/signing/hmac.hpp"

namespace kgw {

// Returns a new secret of 32 random bytes as text: "whsec_…", 50 characters.
std::string make_webhook_secret(Random& random);

class WebhookKey {
 public:
  // Parses a secret's text: `whsec_` and base64 of 24 to 64 bytes. Returns nullopt for anything else.
  static std::optional<WebhookKey> parse(std::string_view secret);

  // Returns "v1,<base64>". The caller of /send must not control `id`. `seconds`: Unix time of this try, as in
  // the header `webhook-timestamp`.
  std::string sign(std::string_view id, std::string_view seconds, std::string_view body) const;

 private:
  explicit WebhookKey(std::string_view bytes) : hmac_("SHA256", bytes) {}
  Hmac hmac_;
};

// The three headers of one try, each "name: value". During rotation `keys` has the new and the old key, and
// `webhook-signature` one signature of each, separated by a space. Requires at least one key.
struct WebhookFields {
  std::string id;
  std::string timestamp;
  std::string signature;
};
WebhookFields webhook_fields(std::span<const WebhookKey> keys, std::string_view id, WallTime now,
                             std::string_view body);

}  // namespace kgw
