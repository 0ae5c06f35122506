// KioskLoads: how much each kiosk had to do when it was told last, of those that had, or may have, anything. A
// kiosk that answers within the second looks to a dashboard as it did before: nothing to tell. Loop thread
// only.
#pragma once

#include <cstddef>
#include <iterator>
#include <unordered_map>

#include "core/kiosk.hpp"

namespace kgw {

class KioskLoads {
 public:
  // It was given something to do, or is done with it.
  void touch(const KioskRef& kiosk) {
    if (!told_.contains(kiosk.get())) told_.emplace(kiosk.get(), Told{kiosk, {}});
  }
  // Calls `changed` with each kiosk whose load is another than was told. Those that idle, and are told to, are
  // forgotten.
  void for_each_changed(auto changed) {
    for (auto at = told_.begin(); at != told_.end();) {
      const Load load = load_of(*at->first);
      if (load != at->second.load) changed(*at->first);
      at = load == at->second.load && load == Load() ? told_.erase(at) : std::next(at);
    }
  }
  // What is told now of a kiosk is all that it has to do now.
  void told(const KioskRef& kiosk) { told_.insert_or_assign(kiosk.get(), Told{kiosk, load_of(*kiosk)}); }
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
    KioskRef kiosk;  // so that no other one has its address meanwhile
    Load load;
  };
  static Load load_of(const Kiosk& kiosk) { return {kiosk.places.size(), kiosk.waiting.size()}; }
  std::unordered_map<const Kiosk*, Told> told_;
};

}  // namespace kgw
