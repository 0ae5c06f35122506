// Kiosk: one registered kiosk as the Relay sees it: its record, where it is connected (presence), and its lane.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadlines.hpp"
#include "core/effects.hpp"
#include "core/exchange.hpp"
#include "core/records.hpp"

namespace kgw {

struct Kiosk {
  KioskRecord record;
  bool removed = false;  // no longer registered; lives on until its running exchanges end

  // Presence. Sessions only grow, so the end of an old connection can't erase a newer one.
  SessionId session = SessionId::none;  // none: offline
  std::optional<CloseReason> closing;   // the session takes nothing new and ends when what runs has ended

  bool close_asked = false;  // CloseSession was emitted for `session`

  // A newcomer that waits while `session` is probed. `deadline` is when the old connection counts as dead.
  KnockId knock = KnockId::none;
  DeadlineHook deadline;

  // Lane: `places` are taken by what is out (or about to be), `waiting` stands in line.
  ExchangeList places;
  ExchangeList waiting;
  std::size_t bytes_held = 0;  // its part of what the Relay holds

  bool takes_new() const { return !removed && record.enabled && session != SessionId::none && !closing; }
};

using KioskRef = std::shared_ptr<Kiosk>;

// KioskRegistry: which kiosks exist.
class KioskRegistry {
 public:
  // nullptr: no such kiosk.
  const KioskRef* find(std::string_view id) const {
    const auto found = kiosks_.find(id);
    return found == kiosks_.end() ? nullptr : &found->second;
  }
  KioskRef& put(const std::string& id) {
    const auto found = kiosks_.try_emplace(id).first;
    if (!found->second) {
      found->second = std::make_shared<Kiosk>();
      by_id_.insert(found->first);
    }
    return found->second;
  }
  void erase(std::string_view id) {
    const auto found = kiosks_.find(id);
    if (found == kiosks_.end()) return;
    by_id_.erase(found->first);
    kiosks_.erase(found);
  }
  std::size_t size() const { return kiosks_.size(); }
  // In no particular order: sort before anything visible depends on it.
  auto begin() const { return kiosks_.begin(); }
  auto end() const { return kiosks_.end(); }
  // At most `count` of those whose ids come behind `id`, by id: for lists that are composed piece by piece.
  std::vector<KioskRef> behind(std::string_view id, std::size_t count) const {
    std::vector<KioskRef> some;
    for (auto at = by_id_.upper_bound(id); at != by_id_.end() && some.size() < count; ++at)
      some.push_back(*find(*at));
    return some;
  }

 private:
  std::unordered_map<std::string, KioskRef, StringHash, std::equal_to<>> kiosks_;
  std::set<std::string_view> by_id_;  // its views point into the keys of kiosks_
};

}  // namespace kgw
