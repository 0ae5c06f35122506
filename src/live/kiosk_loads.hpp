// KioskLoads: each kiosk's load as last published, for kiosks that have, or may have, any. A kiosk that
// answers within the second looks unchanged to a dashboard: nothing to publish. Loop thread only.
#pragma once

#include <cstddef>
#include <iterator>
#include <unordered_map>

#include "core/kiosk.hpp"

namespace kgw {

class KioskLoads {
 public:
  // Call when a request was added to it or is done.
  void touch(const KioskRef& kiosk) {
    if (!told_.contains(kiosk.get())) told_.emplace(kiosk.get(), Told{kiosk, {}});
  }
  // Calls `changed` with each kiosk whose load differs from what was published. Forgets those that are idle
  // and were published so.
  void for_each_changed(auto changed) {
    for (auto at = told_.begin(); at != told_.end();) {
      const Load load = load_of(*at->first);
      if (load != at->second.load) changed(*at->first);
      at = load == at->second.load && load == Load() ? told_.erase(at) : std::next(at);
    }
  }
  // Call when the kiosk's current load is published.
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
    KioskRef kiosk;  // kept alive so that no other kiosk gets its address
    Load load;
  };
  static Load load_of(const Kiosk& kiosk) { return {kiosk.places.size(), kiosk.waiting.size()}; }
  std::unordered_map<const Kiosk*, Told> told_;
};

}  // namespace kgw
