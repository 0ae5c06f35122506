// Relaying: the way of a request to its kiosk and of the answer back, and the charts' figures of it. Loop
// thread only.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "gateway/callback_rules.hpp"
#include "live/news_gathering.hpp"
#include "live/series.hpp"
#include "live/timeouts_fit.hpp"
#include "shell/caller_desk.hpp"
#include "shell/http_teller.hpp"
#include "shell/intake.hpp"
#include "shell/kiosk_door.hpp"
#include "shell/relay_shell.hpp"
#include "shell/unclaimed.hpp"

namespace kgw {

struct Doors;
struct Ground;
struct StoreSide;

struct Relaying {
  Relaying(Ground& on, Doors& doors, StoreSide& stores);

  RequestIdGenerator ids;
  HttpTeller teller;
  CallerDesk callers;
  const Reports reports;
  RelayShell shell;
  Unclaimed unclaimed;
  Series series;
  NewsGathering news_gathering;
  KioskDoor kiosk_door;
  TimeoutsFit timeouts;
  const CallbackRules callback_rules;
  Intake intake;

  // Of the kiosk's connection; nullopt: it has none.
  std::optional<WallTime> connected_since(std::string_view kiosk_id) const;
};

}  // namespace kgw
