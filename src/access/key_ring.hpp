// KeyRing: the API keys in memory, as in the store. Looked up by the digest of the key presented; the text of
// a key is never kept. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/operator_records.hpp"
#include "wire/jwt.hpp"

namespace kgw {

inline constexpr std::uint8_t kSendOrRead = static_cast<std::uint8_t>(bit(Scope::send) | bit(Scope::read));
inline constexpr std::uint8_t kAllScopes = static_cast<std::uint8_t>(kSendOrRead | bit(Scope::admin));

using KeyRef = std::shared_ptr<const KeyRecord>;
inline const std::string& id_of(const KeyRef& key) { return key->id; }  // for a Walk

class KeyRing {
 public:
  // Adds the key, or replaces the one with the same id.
  void put(const KeyRecord& record);

  // Returns the key with this digest if it is valid at `now`; null if there is none, or it is revoked or
  // expired.
  KeyRef find(const TokenDigest& digest, WallTime now) const;
  // Returns the key with this id, valid or not, or null.
  KeyRef by_id(std::string_view id) const;
  // Deducts one call from the key's rate; returns false if there were too many.
  bool allow(const KeyRecord& key, Instant now);

  // Returns whether some key that is valid at `now` has scope send.
  bool may_send(WallTime now) const;
  // Returns whether a key with this name is valid at `now`. Looks at all: only for what an operator changes.
  bool is_taken(std::string_view key_name, WallTime now) const;
  std::size_t size() const { return keys_.size(); }
  // Returns at most `count` keys whose ids follow `id`, ordered by id. There may be ten thousand: there is no
  // loop over all of them, only this, which a Walk uses.
  std::vector<KeyRef> behind(std::string_view id, std::size_t count) const {
    std::vector<KeyRef> some;
    for (auto at = keys_.upper_bound(id); at != keys_.end() && some.size() < count; ++at)
      some.push_back(at->second);
    return some;
  }

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
  std::unordered_map<std::string, Bucket> buckets_;  // by id; only keys with a rate
};

// The scopes of a key; admin includes the others.
constexpr std::uint8_t scopes_of(const KeyRecord& key) {
  return (key.scopes & bit(Scope::admin)) != 0 ? kAllScopes : key.scopes;
}

// `expiring`: valid, but with an expiry date.
enum class KeyState : std::uint8_t { active, expiring, expired, revoked };
KeyState state_of(const KeyRecord& key, WallTime now);
std::string_view name(KeyState state);  // as in the API
// Returns whether the key is active or expiring.
bool is_valid(const KeyRecord& key, WallTime now);

// '*' matches any number of characters, everything else only itself. Linear time but for pathological
// patterns, which are no longer than a kiosk's id.
bool matches(std::string_view pattern, std::string_view kiosk_id);

}  // namespace kgw
