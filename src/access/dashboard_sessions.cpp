#include "access/dashboard_sessions.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/limits.hpp"
#include "base/shares.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

// Compares with all entries, in constant time each: a few hundred at most, and only for the dashboard's
// calls.
auto find_in(auto& entries, const TokenDigest& digest) {
  auto found = entries.end();
  for (auto at = entries.begin(); at != entries.end(); ++at)
    if (same_digest(at->digest, digest)) found = at;
  return found;
}

}  // namespace

std::string DashboardSessions::secret_text() {
  std::array<std::uint8_t, 32> bytes{};
  random_.fill(bytes);
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

DashboardSessions::Entry& DashboardSessions::add(Entries& entries, std::size_t most, const Caller& caller,
                                                 std::string_view secret, WallTime ends, WallTime now) {
  std::erase_if(entries, [&](const Entry& entry) { return !caller_of(entry, now); });
  const std::string key_id = caller.key ? caller.key->id : std::string();
  make_room(entries, most, key_id);
  return entries.emplace_back(Entry{digest_of(secret), ++numbers_, {}, key_id, ends});
}

// A key that has used up its share loses its own oldest entry. Only if nothing is free does another key's go:
// the oldest of the key with the most.
void DashboardSessions::make_room(Entries& entries, std::size_t most, const std::string& key_id) {
  std::unordered_map<std::string_view, std::size_t> held;
  SharedBound bound(most);
  for (const Entry& entry : entries) ++held[entry.key_id];
  bound.take(entries.size());
  if (bound.has_room(held[key_id])) return;
  std::string_view loser = key_id;
  if (held[key_id] == 0)
    loser =
        std::max_element(held.begin(), held.end(), [](auto& a, auto& b) { return a.second < b.second; })->first;
  entries.erase(
      std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key_id == loser; }));
}

DashboardSessions::Issued DashboardSessions::open(const Caller& caller, WallTime now) {
  Issued issued{secret_text(), secret_text(), now + limits::kSessionTime, 0};
  Entry& entry = add(sessions_, limits::kSessionsMax, caller, issued.text, issued.expires_at, now);
  entry.csrf = issued.csrf;
  issued.session = entry.number;
  return issued;
}

DashboardSessions::Issued DashboardSessions::make_code(const Caller& caller, WallTime now) {
  Issued issued{secret_text(), {}, now + limits::kLoginCodeTime, 0};
  add(codes_, limits::kLoginCodesMax, caller, issued.text, issued.expires_at, now);
  return issued;
}

std::optional<Caller> DashboardSessions::redeem(std::string_view code, WallTime now) {
  const auto found = find_in(codes_, digest_of(code));
  if (found == codes_.end()) return std::nullopt;
  auto caller = caller_of(*found, now);
  codes_.erase(found);
  return caller;
}

std::optional<Caller> DashboardSessions::caller_of(const Entry& entry, WallTime now) const {
  if (now >= entry.expires_at) return std::nullopt;
  if (entry.key_id.empty()) return Caller{nullptr, kAllScopes, true, 0};
  KeyRef key = keys_.by_id(entry.key_id);
  if (!key || !is_valid(*key, now)) return std::nullopt;
  const std::uint8_t scopes = scopes_of(*key);
  return Caller{std::move(key), scopes, false, 0};
}

std::optional<DashboardSessions::Session> DashboardSessions::find(std::string_view cookie, WallTime now) const {
  const auto found = find_in(sessions_, digest_of(cookie));
  if (found == sessions_.end()) return std::nullopt;
  auto caller = caller_of(*found, now);
  if (!caller) return std::nullopt;
  caller->session = found->number;
  return Session{found->number, found->csrf, std::move(*caller)};
}

bool DashboardSessions::alive(std::uint64_t number, WallTime now) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const Entry& entry) {
    return entry.number == number && caller_of(entry, now).has_value();
  });
}

void DashboardSessions::close(std::uint64_t number) {
  std::erase_if(sessions_, [number](const Entry& entry) { return entry.number == number; });
}

}  // namespace kgw
