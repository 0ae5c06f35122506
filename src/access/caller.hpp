// Caller: who makes a call, as determined by Access. Actor: what the audit trail keeps of that.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "access/key_ring.hpp"

namespace kgw {

struct Caller {
  KeyRef key;                 // null: the admin key, or none
  std::uint8_t scopes = 0;    // bits of Scope
  bool admin_key = false;     // uses the gateway's own key
  std::uint64_t session = 0;  // of the dashboard, if its cookie was used; else 0
  std::string address{};      // its network; only set if it has no key

  // Came with a key, or with a session that stands for one.
  bool named() const { return key || admin_key; }
  bool has(Scope scope) const { return (scopes & bit(scope)) != 0; }
  // The owner of its requests; empty without a key. No key can have the owner "admin".
  std::string_view owner() const { return key ? std::string_view(key->owner) : admin_key ? "admin" : ""; }
  // By whom its share of a bounded resource is counted: the owner or, without a key, the address.
  std::string holder() const { return owner().empty() ? "@" + address : std::string(owner()); }
  std::string_view name() const { return key ? std::string_view(key->name) : admin_key ? "admin" : ""; }
  // True if the key is limited to some kiosks; for such a caller all others do not exist.
  bool limited() const { return key && !key->kiosks.empty(); }
  bool sees(std::string_view kiosk_id) const {
    return !limited() || std::any_of(key->kiosks.begin(), key->kiosks.end(),
                                     [&](const std::string& pattern) { return matches(pattern, kiosk_id); });
  }
};

// A caller known by name instead of by a key: the bot's operator. Its requests are its own, as if under a key
// of that name that nobody holds.
inline Caller person(std::string_view name) {
  KeyRecord record;
  record.name = record.owner = name;
  record.scopes = bit(Scope::send);
  return Caller{std::make_shared<const KeyRecord>(std::move(record)), bit(Scope::send)};
}

struct Actor {
  std::string name;     // the key's, or "admin"
  std::string via;      // "api", "cli", "dashboard"
  std::string address;  // that of the client

  AuditRecord did(WallTime at, std::string action, std::string target, std::string detail) const {
    return {at, name, via, address, std::move(action), std::move(target), std::move(detail)};
  }
};

}  // namespace kgw
