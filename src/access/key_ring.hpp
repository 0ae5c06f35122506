// KeyRing: the API keys there are, in memory, as the store has them. Looked up by the digest of what a caller
// presents; no key's text is ever kept. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/operator_records.hpp"
#include "wire/jwt.hpp"

namespace kgw {

inline constexpr std::uint8_t kSendOrRead = static_cast<std::uint8_t>(bit(Scope::send) | bit(Scope::read));
inline constexpr std::uint8_t kAllScopes = static_cast<std::uint8_t>(kSendOrRead | bit(Scope::admin));

using KeyRef = std::shared_ptr<const KeyRecord>;

class KeyRing {
 public:
  // Adds the key, or replaces the one of the same id.
  void put(const KeyRecord& record);

  // The key that counts at `now`; null: none has this digest, or it is revoked or past its time.
  KeyRef find(const TokenDigest& digest, WallTime now) const;
  KeyRef by_id(std::string_view id) const;
  // Takes one call from its rate; false: it has had too many.
  bool allow(const KeyRecord& key, Instant now);

  // A key that counts at `now` has scope send.
  bool may_send(WallTime now) const;
  std::size_t size() const { return keys_.size(); }
  auto begin() const { return keys_.begin(); }  // by id
  auto end() const { return keys_.end(); }

 private:
  struct Bucket {
    double left = 0;
    Instant at{};
  };
  struct DigestHash {
    std::size_t operator()(const TokenDigest& digest) const;
  };
  struct SameDigest {  // in constant time
    bool operator()(const TokenDigest& a, const TokenDigest& b) const;
  };
  std::map<std::string, KeyRef, std::less<>> keys_;
  std::unordered_map<TokenDigest, KeyRef, DigestHash, SameDigest> by_digest_;
  std::unordered_map<std::string, Bucket> buckets_;  // by id, of keys with a rate
};

// What a key may do: admin includes the others.
constexpr std::uint8_t scopes_of(const KeyRecord& key) {
  return (key.scopes & bit(Scope::admin)) != 0 ? kAllScopes : key.scopes;
}

// `expiring`: valid, and has an end.
enum class KeyState : std::uint8_t { active, expiring, expired, revoked };
KeyState state_of(const KeyRecord& key, WallTime now);
std::string_view name(KeyState state);  // as the API writes it
// Returns true while the key lets its owner in.
bool is_valid(const KeyRecord& key, WallTime now);

// '*' stands for any number of any characters, everything else for itself. In time linear in both but for
// pathological patterns, which are as short as a kiosk's id.
bool matches(std::string_view pattern, std::string_view kiosk_id);

}  // namespace kgw
