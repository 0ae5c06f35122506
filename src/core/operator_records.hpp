// What operators leave behind: API keys, and the trail of who did what. Plain data, no behaviour; the Relay
// never sees it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace kgw {

using TokenDigest = Digest;  // of a token's or a key's text

// What a key may do (PROTOCOL.md 5). The numbers are bits and stand in stores: never renumber.
enum class Scope : std::uint8_t { send = 1, read = 2, admin = 4 };
inline constexpr std::array kScopes{Scope::send, Scope::read, Scope::admin};
constexpr std::uint8_t bit(Scope scope) { return static_cast<std::uint8_t>(scope); }
constexpr std::string_view name(Scope scope) {
  return scope == Scope::send ? "send" : scope == Scope::read ? "read" : "admin";
}
constexpr std::optional<Scope> scope_named(std::string_view text) {
  for (const Scope one : kScopes)
    if (name(one) == text) return one;
  return std::nullopt;
}
// The names of those in a set of bits.
inline std::vector<std::string_view> scope_names(std::uint8_t scopes) {
  std::vector<std::string_view> names;
  for (const Scope one : kScopes)
    if ((scopes & bit(one)) != 0) names.push_back(name(one));
  return names;
}

// An API key: never its text, only its digest. The record replaces any earlier one of the same id. A revoked
// one stays, so that what its owner once made is still told apart from what nobody made.
struct KeyRecord {
  std::string id;                     // ours: "k_" and 11 characters; in logs and the audit trail
  std::string name;                   // what people call it; a name (base/ids.hpp, is_name)
  std::string owner;                  // whose requests are its own; survives rotation; a name
  std::uint8_t scopes = 0;            // bits of Scope; admin includes the others
  std::vector<std::string> kiosks;    // patterns of kiosk ids, '*' stands for any characters; none: all kiosks
  std::uint32_t rate_per_second = 0;  // requests; 0: no limit
  TokenDigest digest{};
  WallTime created_at{};
  std::optional<WallTime> expires_at;  // from then on it counts no more (the end of a rotation's overlap)
  std::optional<WallTime> revoked_at;
};

// What a part of the gateway keeps over a restart under a name of its own ("telegram.update"). Small
// (limits::kKeptValueBytesMax) and few: never one for each kiosk or request. The record replaces any earlier
// one of the same name.
struct SettingRecord {
  std::string name;
  std::string value;
};

// One line of the audit trail. Append-only.
struct AuditRecord {
  WallTime at{};
  std::string actor;    // the key's name; "admin": the admin key; "telegram:ID"
  std::string via;      // "api", "cli", "telegram", "dashboard"
  std::string address;  // from where; empty: not over a network
  std::string action;   // "kiosk_added", "key_revoked", ...: the log event's name
  std::string target;   // the kiosk's, key's or request's id
  std::string detail;   // what changed, for a human; never a secret
};

}  // namespace kgw
