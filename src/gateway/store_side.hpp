// StoreSide: the store and what is kept in memory beside it. Destroyed after everything else that needs a
// store; Gateway::run() has closed the store by then, or else it closes itself and calls nobody. Loop thread
// only.
#pragma once

#include "admin/kept_settings.hpp"
#include "admin/webhook_secrets.hpp"
#include "gateway/store_opener.hpp"
#include "live/kiosk_faults.hpp"
#include "live/news.hpp"
#include "live/observed_registry.hpp"

namespace kgw {

struct Ground;

struct StoreSide {
  StoreSide(Ground& on, OpenedStore opened);

  OpenedStore home;
  Journal& journal;
  History& history;
  News news;
  KioskFaults faults;
  ObservedRegistry registry;
  KeptSettings kept;
  WebhookSecrets webhook_secrets;
};

}  // namespace kgw
