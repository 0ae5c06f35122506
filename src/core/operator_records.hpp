// What operators create: API keys, and the trail of who did what. Plain data, no behaviour; the Relay never
// sees it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

using TokenDigest = Digest;  // of the text of a token or key

// The rights of a key (PROTOCOL.md 5). The numbers are bits and are stored: never renumber.
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
// Returns the names of the scopes in a set of bits.
inline std::vector<std::string_view> scope_names(std::uint8_t scopes) {
  std::vector<std::string_view> names;
  for (const Scope one : kScopes)
    if ((scopes & bit(one)) != 0) names.push_back(name(one));
  return names;
}

// An API key: only its digest, never its text. Replaces any earlier record with the same id. A revoked one is
// kept, so that its owner's requests remain distinguishable from those without an owner.
struct KeyRecord {
  std::string id;                     // assigned by us: "k_" and 11 characters; in logs and the audit trail
  std::string name;                   // chosen by people; a name (base/ids.hpp, is_name)
  std::string owner;                  // who owns its requests; survives rotation; a name
  std::uint8_t scopes = 0;            // bits of Scope; admin includes the others
  std::vector<std::string> kiosks;    // patterns of kiosk ids, '*' stands for any characters; empty: all kiosks
  std::uint32_t rate_per_second = 0;  // requests; 0: unlimited
  TokenDigest digest{};
  WallTime created_at{};
  std::optional<WallTime> expires_at;  // stops working then (the end of a rotation's overlap, for example)
  std::optional<WallTime> revoked_at;
};

// What a part of the gateway keeps across restarts under its own name ("telegram.update"). Small
// (limits::kKeptValueBytesMax) and few: never one per kiosk or request. Replaces any earlier record with the
// same name.
struct SettingRecord {
  std::string name;
  std::string value;
};

// What somebody found out about a request whose outcome nobody knew. The numbers are stored: never renumber.
enum class Resolution : std::uint8_t { not_done = 0, done = 1 };
inline constexpr std::array kResolutions{Resolution::done, Resolution::not_done};
constexpr std::string_view name(Resolution result) { return result == Resolution::done ? "done" : "not_done"; }
constexpr std::optional<Resolution> resolution_named(std::string_view text) {
  for (const Resolution one : kResolutions)
    if (name(one) == text) return one;
  return std::nullopt;
}

struct Resolved {
  Resolution result = Resolution::not_done;
  std::string note;  // for people; may be empty
  std::string by;    // the actor's name, as in the audit trail
  WallTime at{};
};

// Somebody closed an unknown outcome (PROTOCOL.md 1.2). The first one stands: a second record for the same
// request changes nothing. A late answer is kept all the same.
struct ResolvedRecord {
  RequestId id;
  std::string kiosk_id;
  Resolved what;
  std::optional<Digest> key{};          // that it has claimed: from now on its time runs
  std::optional<Digest> order_claim{};  // likewise; not done: the order is free again
};

// A line of the audit trail. Append-only.
struct AuditRecord {
  WallTime at{};
  std::string actor;    // the key's name; "admin" for the admin key; "telegram:ID"
  std::string via;      // "api", "cli", "telegram", "dashboard"
  std::string address;  // the client's; empty: not over a network
  std::string action;   // the log event's name: "kiosk_added", "key_revoked", ...
  std::string target;   // id of the kiosk, key or request
  std::string detail;   // what changed, for people; never a secret
};

}  // namespace kgw
