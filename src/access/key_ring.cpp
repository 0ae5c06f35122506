#include "access/key_ring.hpp"

#include <algorithm>
#include <cstring>

namespace kgw {

std::size_t KeyRing::DigestHash::operator()(const TokenDigest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

bool KeyRing::SameDigest::operator()(const TokenDigest& a, const TokenDigest& b) const {
  return same_digest(a, b);
}

void KeyRing::put(const KeyRecord& record) {
  KeyRef& key = keys_[record.id];
  if (key) by_digest_.erase(key->digest);
  key = std::make_shared<const KeyRecord>(record);
  if (!record.revoked_at) by_digest_[record.digest] = key;
  if (record.rate_per_second == 0 || record.revoked_at) buckets_.erase(record.id);
}

KeyRef KeyRing::find(const TokenDigest& digest, WallTime now) const {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return nullptr;
  const KeyRef& key = found->second;
  return key->expires_at && now >= *key->expires_at ? nullptr : key;
}

bool KeyRing::may_send(WallTime now) const {
  return std::any_of(keys_.begin(), keys_.end(), [now](const auto& entry) {
    return is_valid(*entry.second, now) && (scopes_of(*entry.second) & bit(Scope::send)) != 0;
  });
}

bool KeyRing::is_taken(std::string_view key_name, WallTime now) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const auto& entry) {
    return entry.second->name == key_name && is_valid(*entry.second, now);
  });
}

KeyRef KeyRing::by_id(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : found->second;
}

// The bucket holds one second's calls, so a burst after a quiet time is no larger than that.
bool KeyRing::allow(const KeyRecord& key, Instant now) {
  if (key.rate_per_second == 0) return true;
  const double rate = key.rate_per_second;
  const auto [entry, fresh] = buckets_.try_emplace(key.id, Bucket{rate, now});
  Bucket& bucket = entry->second;
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.left = std::min(rate, bucket.left + seconds * rate);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

KeyState state_of(const KeyRecord& key, WallTime now) {
  if (key.revoked_at) return KeyState::revoked;
  if (!key.expires_at) return KeyState::active;
  return now >= *key.expires_at ? KeyState::expired : KeyState::expiring;
}

std::string_view name(KeyState state) {
  switch (state) {
    case KeyState::active: return "active";
    case KeyState::expiring: return "expiring";
    case KeyState::expired: return "expired";
    case KeyState::revoked: return "revoked";
  }
  return {};
}

bool is_valid(const KeyRecord& key, WallTime now) {
  const KeyState state = state_of(key, now);
  return state == KeyState::active || state == KeyState::expiring;
}

bool matches(std::string_view pattern, std::string_view kiosk_id) {
  std::size_t p = 0;
  std::size_t k = 0;
  std::size_t star = std::string_view::npos;  // the last '*', and how much it matches so far
  std::size_t taken = 0;
  while (k < kiosk_id.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = k;
    } else if (p < pattern.size() && pattern[p] == kiosk_id[k]) {
      ++p;
      ++k;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      k = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace kgw
