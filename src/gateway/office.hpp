// Office: what operators change, and what they are warned of, whether they use the API, the dashboard or the
// bot; and the desk at which what is long is composed in slices, for all of them. Loop thread only.
#pragma once

#include "admin/change_queue.hpp"
#include "admin/key_changes.hpp"
#include "admin/kiosk_changes.hpp"
#include "admin/resolutions.hpp"
#include "gateway/alerts.hpp"
#include "net/slices.hpp"

namespace kgw {

struct Doors;
struct Ground;
struct Relaying;
struct StoreSide;

struct Office {
  Office(Ground& on, Doors& doors, StoreSide& stores, Relaying& relaying);

  Slices slices;
  ChangeQueue queue;
  const Changing changing;
  KioskChanges kiosks;
  KeyChanges keys;
  Resolutions resolutions;
  Alerts alerts;
};

}  // namespace kgw
