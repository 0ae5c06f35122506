// FleetCounts: the number of kiosks and their load, of those that a viewer may know.
#pragma once

#include <cstddef>

namespace kgw {

struct FleetCounts {
  std::size_t online = 0;
  std::size_t total = 0;
  std::size_t in_flight = 0;
  std::size_t waiting = 0;
};

}  // namespace kgw
