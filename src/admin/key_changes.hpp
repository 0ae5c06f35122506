// KeyChanges: what operators do to API keys: make, rotate, revoke. Durable together with its line of the audit
// trail before the KeyRing has it and before it is told. Loop thread only; callbacks come later, exactly once.
#pragma once

#include <functional>
#include <string>

#include "access/caller.hpp"
#include "admin/change_queue.hpp"
#include "admin/key_form.hpp"
#include "base/random.hpp"
#include "http/json_object.hpp"
#include "log/log.hpp"
#include "store/store.hpp"

namespace kgw {

// A key that was made; its text is shown once.
struct IssuedKey {
  KeyRecord record;
  std::string text;
  std::string replaces;  // the id of the key that it was rotated from; empty: none
};

class KeyChanges {
 public:
  KeyChanges(ChangeQueue& queue, KeyRing& keys, Random& random, Loop& loop, Store& store, Log& log);

  using Issued = std::function<void(const Result<IssuedKey>&)>;
  using Revoked = std::function<void(const Result<KeyRecord>&)>;

  // Faults: already_exists (a key of that name counts), overloaded, store_unavailable.
  void add(const Actor& actor, KeyForm form, Issued callback);
  // A new key like this one; the old one counts for `overlap` more. Faults: not_found, already_exists (it was
  // rotated already), store_unavailable.
  void rotate(const Actor& actor, const std::string& id, std::chrono::seconds overlap, Issued callback);
  // From now on it counts no more; what it let in runs on. Faults: not_found, store_unavailable.
  void revoke(const Actor& actor, const std::string& id, Revoked callback);

  // Counts at once and until the gateway ends: it is in no store.
  IssuedKey lend(KeyRecord record);

 private:
  using Done = std::function<void(const Result<void>&)>;
  void write(std::vector<KeyRecord> records, AuditRecord audit, Done then);  // ends the change
  IssuedKey issue(KeyRecord record);
  bool counts(const std::string& name) const;  // a key of that name that has no end

  ChangeQueue& queue_;
  KeyRing& keys_;
  Random& random_;
  Loop& loop_;
  Store& store_;
  Log& log_;
};

// "send, read; kiosks shop-*": what a key may do, for people.
std::string rights_of(const KeyRecord& key);
// Who the key is and what it may do, in JSON: what its row and its line of an export have in common.
void add_key_members(JsonObject& json, const KeyRecord& key);

}  // namespace kgw
