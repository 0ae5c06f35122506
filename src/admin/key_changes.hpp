// KeyChanges: operators' changes of API keys: create, rotate, revoke. Each is durable, together with its line
// of the audit trail, before the KeyRing has it and before it is reported. Loop thread only; callbacks run
// exactly once, now or later.
#pragma once

#include <functional>
#include <string>

#include "access/caller.hpp"
#include "admin/change_queue.hpp"
#include "admin/key_form.hpp"
#include "base/random.hpp"
#include "http/json_object.hpp"
#include "log/log.hpp"
#include "store/registry.hpp"

namespace kgw {

// A new key; its text is shown only once.
struct IssuedKey {
  KeyRecord record;
  std::string text;
  std::string replaces;  // the id of the key that was rotated; empty: none
};

class KeyChanges {
 public:
  KeyChanges(KeyRing& keys, Random& random, const Changing& with);

  using Issued = std::function<void(const Result<IssuedKey>&)>;
  using Revoked = std::function<void(const Result<KeyRecord>&)>;

  // Faults: invalid_argument (reserved name), already_exists (an active key has that name), overloaded,
  // store_unavailable.
  void add(const Actor& actor, KeyForm form, Issued callback);
  // Creates a new key with the same rights; the old one expires after `overlap`, or earlier if it would have.
  // Faults: not_found, already_exists (it is no longer active), overloaded, store_unavailable.
  void rotate(const Actor& actor, const std::string& id, std::chrono::seconds overlap, Issued callback);
  // The key stops working at once; requests that it has submitted continue. Faults: not_found,
  // store_unavailable.
  void revoke(const Actor& actor, const std::string& id, const Revoked& callback);

  // Valid at once and until the gateway ends; not stored.
  IssuedKey lend(KeyRecord record);

 private:
  using Done = std::function<void(const Result<void>&)>;
  // Makes the records durable and ends the change.
  void write(std::vector<KeyRecord> records, AuditRecord audit, Done then);
  IssuedKey issue(KeyRecord record);
  bool counts(const std::string& name) const;  // a key of that name that has no end

  KeyRing& keys_;
  Random& random_;
  const Changing with_;
};

// The key's rights for people: "send, read; kiosks shop-*".
std::string rights_of(const KeyRecord& key);
// Adds what a key's row and its line in an export have in common: who it is and its rights.
void add_key_members(JsonObject& json, const KeyRecord& key);

}  // namespace kgw
