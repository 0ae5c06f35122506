// FleetCounts: the number of kiosks and their load, of those that a viewer may know.
#pragma once

#include <cstddef>

#include "core/kiosk.hpp"

namespace kgw {

struct FleetCounts {
  std::size_t online = 0;
  std::size_t total = 0;
  std::size_t in_flight = 0;
  std::size_t waiting = 0;

  FleetCounts& operator+=(const FleetCounts& other) {
    online += other.online;
    total += other.total;
    in_flight += other.in_flight;
    waiting += other.waiting;
    return *this;
  }
  FleetCounts& operator-=(const FleetCounts& other) {
    online -= other.online;
    total -= other.total;
    in_flight -= other.in_flight;
    waiting -= other.waiting;
    return *this;
  }
};

// One kiosk's part.
inline FleetCounts counts_of(const Kiosk& kiosk) {
  return {kiosk.session != SessionId::none ? 1U : 0U, 1, kiosk.places.size(), kiosk.waiting.size()};
}

}  // namespace kgw
