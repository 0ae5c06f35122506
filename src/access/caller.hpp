// Caller: who makes a call, as Access found out; and Actor: what of that stays in the audit trail.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "access/key_ring.hpp"

namespace kgw {

struct Caller {
  KeyRef key;                 // null: the admin key, or none
  std::uint8_t scopes = 0;    // bits of Scope
  bool admin_key = false;     // the gateway's own
  std::uint64_t session = 0;  // of the dashboard, by whose cookie it came; 0: by none
  std::string address{};      // from which network; known of one without a key only

  // Came with a key, or by a session that stands for one.
  bool named() const { return key || admin_key; }
  bool has(Scope scope) const { return (scopes & bit(scope)) != 0; }
  // Whose requests are its own. Keys can't have the owner "admin"; empty: came without a key.
  std::string_view owner() const { return key ? std::string_view(key->owner) : admin_key ? "admin" : ""; }
  // Whose share of what is shared it takes: the owner's; without a key, the address's.
  std::string holder() const { return owner().empty() ? "@" + address : std::string(owner()); }
  std::string_view name() const { return key ? std::string_view(key->name) : admin_key ? "admin" : ""; }
  // Limited to the kiosks that its patterns name; the others do not exist for it.
  bool limited() const { return key && !key->kiosks.empty(); }
  bool sees(std::string_view kiosk_id) const {
    return !limited() || std::any_of(key->kiosks.begin(), key->kiosks.end(),
                                     [&](const std::string& pattern) { return matches(pattern, kiosk_id); });
  }
};

// Somebody who is known by a name and not by a key, the bot's operator: what he sends is his own, as under a
// key of that name that nobody holds.
inline Caller person(std::string_view name) {
  KeyRecord record;
  record.name = record.owner = name;
  record.scopes = bit(Scope::send);
  return Caller{std::make_shared<const KeyRecord>(std::move(record)), bit(Scope::send)};
}

struct Actor {
  std::string name;     // the key's; "admin"
  std::string via;      // "api", "cli", "dashboard"
  std::string address;  // from where

  AuditRecord did(WallTime at, std::string action, std::string target, std::string detail) const {
    return {at, name, via, address, std::move(action), std::move(target), std::move(detail)};
  }
};

}  // namespace kgw
