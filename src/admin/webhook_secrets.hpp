// WebhookSecrets: what each owner's callbacks are signed with (PROTOCOL.md 1.4): made, rotated and ended by
// operators; kept in the store, in full, as signing needs them. A secret's text is shown once, in the answer
// that made it. Loop thread only; callbacks run exactly once, now or later.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/caller.hpp"
#include "admin/kept_settings.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "callbacks/secrets.hpp"
#include "wire/signing/webhook_signature.hpp"

namespace kgw {

struct WebhookSecret {
  std::string owner;
  WallTime made_at{};
  std::optional<WallTime> previous_ends_at{};  // the one before it is still valid until then
  std::string text{};                          // only of one that was just made
};

class WebhookSecrets {
 public:
  WebhookSecrets(KeptSettings& kept, Random& random, const TurnClock& clock)
      : kept_(kept), random_(random), clock_(clock) {}

  using Made = std::function<void(const Result<WebhookSecret>&)>;
  using Done = std::function<void(const Result<void>&)>;

  // Makes the owner's first secret, or a new one beside the current one, which stays valid for
  // CallbackSecrets::kOverlap. Faults: overloaded, store_unavailable.
  void make(const Actor& actor, const std::string& owner, Made callback);
  // Ends the previous secret at once: it has leaked. Faults: not_found (there is none), overloaded,
  // store_unavailable.
  void end_previous(const Actor& actor, const std::string& owner, Done callback);
  // Ends both: this owner's callbacks are refused from now on, and those that are owed wait for a new secret.
  // Faults as above.
  void remove(const Actor& actor, const std::string& owner, Done callback);

  bool has(std::string_view owner) const;
  std::vector<WebhookSecret> list() const;                          // by owner, without texts
  std::vector<WebhookKey> keys_of(const std::string& owner) const;  // to sign with, the current one first

 private:
  struct Kept {
    WallTime made_at{};
    CallbackSecrets secrets;
  };
  std::optional<Kept> find(std::string_view owner) const;
  void keep(const std::string& owner, const std::optional<Kept>& kept, AuditRecord audit, Done done);

  KeptSettings& kept_;
  Random& random_;
  const TurnClock& clock_;
};

}  // namespace kgw
