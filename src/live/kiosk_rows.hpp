// KioskRows: a kiosk as JSON for the admin API and the event streams. Loop thread only.
#pragma once

#include <string>
#include <string_view>

#include "live/kiosk_faults.hpp"
#include "shell/kiosk_door.hpp"

namespace kgw {

class KioskRows {
 public:
  KioskRows(const KioskDoor& door, const KioskFaults& faults) : door_(door), faults_(faults) {}
  // `connections`: a JSON array to include; empty: none.
  std::string json(const Kiosk& kiosk, std::string_view connections = {}) const;

 private:
  const KioskDoor& door_;
  const KioskFaults& faults_;
};

}  // namespace kgw
