// KioskLoads: each kiosk's load as last published, for kiosks that have, or may have, any. A kiosk that
// answers within the second looks unchanged to a dashboard: nothing to publish. Loop thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "core/kiosk.hpp"
#include "core/walk.hpp"

namespace kgw {

class KioskLoads {
 public:
  // Call when a request was added to it or is done.
  void touch(const KioskRef& kiosk) {
    if (!told_.contains(kiosk.get())) add(kiosk, {});
  }
  // Begins a look at all kiosks that are here now; see_some() continues it.
  void begin_look() { unseen_ = in_turn_.size(); }
  // Calls `changed` with each of the next kiosks (as many as one turn of the loop may look at) whose load
  // differs from what was published. Forgets those that are idle and were published so. Returns whether there
  // are more to be seen.
  bool see_some(auto changed) {
    for (std::size_t left = Walk::kStep; left > 0 && unseen_ > 0; --left, --unseen_) {
      const Kiosk* const kiosk = in_turn_.front();
      in_turn_.pop_front();
      const auto told = told_.find(kiosk);
      const Load load = load_of(*kiosk);
      if (load != told->second.load) changed(*kiosk);
      if (load == told->second.load && load == Load()) told_.erase(told);
      else in_turn_.push_back(kiosk);
    }
    return unseen_ > 0;
  }
  // Call when the kiosk's current load is published.
  void told(const KioskRef& kiosk) {
    const auto found = told_.find(kiosk.get());
    if (found == told_.end()) add(kiosk, load_of(*kiosk));
    else found->second.load = load_of(*kiosk);
  }
  bool is_as_told(const Kiosk& kiosk) const {
    const auto found = told_.find(&kiosk);
    return load_of(kiosk) == (found == told_.end() ? Load() : found->second.load);
  }

 private:
  struct Load {
    std::size_t in_flight = 0;
    std::size_t waiting = 0;
    bool operator==(const Load&) const = default;
  };
  struct Told {
    KioskRef kiosk;  // kept alive so that no other kiosk gets its address
    Load load;
  };
  static Load load_of(const Kiosk& kiosk) { return {kiosk.places.size(), kiosk.waiting.size()}; }
  void add(const KioskRef& kiosk, Load load) {
    told_.emplace(kiosk.get(), Told{kiosk, load});
    in_turn_.push_back(kiosk.get());
  }

  std::unordered_map<const Kiosk*, Told> told_;
  std::deque<const Kiosk*> in_turn_;  // the keys of told_; the next to be seen is the first
  std::size_t unseen_ = 0;            // so many of them have not been seen in this look
};

}  // namespace kgw
