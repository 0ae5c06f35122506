// Kiosk: one registered kiosk as the Relay sees it: its record, its connection (presence), and its lane.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/deadlines.hpp"
#include "core/effects.hpp"
#include "core/exchange.hpp"
#include "core/places.hpp"
#include "core/records.hpp"
#include "core/waiting_line.hpp"

namespace kgw {

struct Kiosk;

// The agent behind a kiosk's connection, if that speaks v2 (PROTOCOL.md 4).
struct KioskAgent {
  Kiosk* kiosk = nullptr;
  SharedBytes outbox;               // its disk's name; null: it has not said yet what it still has
  std::uint32_t max_in_flight = 0;  // how many it wants at a time; 0: it does not say
  DeadlineHook deadline;            // by when it must have said so
};

struct Kiosk {
  KioskRecord record;
  bool removed = false;      // no longer registered; kept until its running exchanges end
  bool close_asked = false;  // CloseSession was emitted for `session`

  // Presence. Session ids only grow, so the end of an old connection can't erase a newer one.
  SessionId session = SessionId::none;  // none: offline
  // The session accepts nothing new and ends when the running exchanges have.
  std::optional<CloseReason> closing;

  // Of `session`; null: v1, or offline. What is written before its outbox is known could go to another disk.
  std::unique_ptr<KioskAgent> agent;

  // A newcomer that waits while `session` is probed. At `deadline` the old connection is considered dead.
  KnockId knock = KnockId::none;
  DeadlineHook deadline;

  // The lane: `places` holds what is out (or about to be), `waiting` the queues behind it.
  Places places;
  WaitingLine waiting;
  std::size_t bytes_held = 0;  // its part of what the Relay holds

  bool takes_new() const {
    return !removed && record.enabled && session != SessionId::none && !closing && (!agent || agent->outbox);
  }
};

using KioskRef = std::shared_ptr<Kiosk>;
inline const std::string& id_of(const KioskRef& kiosk) { return kiosk->record.id; }  // for a Walk

// KioskRegistry: which kiosks exist. Each is found by its record's id, which never changes. There may be a
// hundred thousand: there is no loop over all of them, only behind(), which a Walk uses.
class KioskRegistry {
 public:
  // Returns nullptr if there is no such kiosk.
  const KioskRef* find(std::string_view id) const {
    const auto found = kiosks_.find(id);
    return found == kiosks_.end() ? nullptr : &*found;
  }
  const KioskRef& put(const std::string& id) {
    const auto found = kiosks_.find(id);
    if (found != kiosks_.end()) return *found;
    auto kiosk = std::make_shared<Kiosk>();
    kiosk->record.id = id;
    if (sorted_ == by_id_.size() && (by_id_.empty() || before(by_id_.back(), kiosk.get()))) ++sorted_;
    by_id_.push_back(kiosk.get());
    return *kiosks_.insert(std::move(kiosk)).first;
  }
  void erase(std::string_view id) {
    const auto found = kiosks_.find(id);
    if (found == kiosks_.end()) return;
    sort();
    by_id_.erase(std::lower_bound(by_id_.begin(), by_id_.end(), found->get(), before));
    --sorted_;
    kiosks_.erase(found);
  }
  std::size_t size() const { return kiosks_.size(); }
  // Returns at most `count` kiosks whose ids follow `id`, ordered by id: for lists composed piece by piece.
  std::vector<KioskRef> behind(std::string_view id, std::size_t count) const {
    sort();
    std::vector<KioskRef> some;
    auto at = std::upper_bound(by_id_.begin(), by_id_.end(), id,
                               [](std::string_view of, const Kiosk* k) { return of < k->record.id; });
    for (; at != by_id_.end() && some.size() < count; ++at) some.push_back(*find((*at)->record.id));
    return some;
  }

 private:
  struct IdHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>()(id); }
    std::size_t operator()(const KioskRef& kiosk) const { return (*this)(kiosk->record.id); }
  };
  struct SameId {
    using is_transparent = void;
    static std::string_view id(std::string_view of) { return of; }
    static std::string_view id(const KioskRef& of) { return of->record.id; }
    bool operator()(const auto& a, const auto& b) const { return id(a) == id(b); }
  };
  static bool before(const Kiosk* a, const Kiosk* b) { return a->record.id < b->record.id; }
  // Newcomers stand behind the sorted ones until somebody asks: the store tells of all in any order at a start.
  void sort() const {
    const auto newcomers = by_id_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    if (newcomers == by_id_.end()) return;
    std::sort(newcomers, by_id_.end(), before);
    std::inplace_merge(by_id_.begin(), newcomers, by_id_.end(), before);
    sorted_ = by_id_.size();
  }

  std::unordered_set<KioskRef, IdHash, SameId> kiosks_;
  mutable std::vector<const Kiosk*> by_id_;  // all of them; `sorted_` of them by id
  mutable std::size_t sorted_ = 0;
};

}  // namespace kgw
