// Pushes: what the gateway sends by itself: metrics and log lines to Grafana (and /metrics, which shows the
// same figures), the bot's messages, and callbacks. Loop thread only; poll() takes over what their threads have
// finished.
#pragma once

#include <optional>

#include "gateway/callbacks.hpp"
#include "gateway/fleet_bot.hpp"
#include "live/observatory.hpp"

namespace kgw {

struct Doors;
struct Ground;
struct Office;
struct Relaying;
struct StoreSide;

struct Pushes {
  Pushes(Ground& on, Doors& doors, StoreSide& stores, Relaying& relaying, Office& office);

  void poll() {
    observatory.poll();
    if (bot) bot->poll();
    callbacks.poll();
  }

  Observatory observatory;
  Callbacks callbacks;
  // Only with a store: of several gateways, the one that holds the store's lease polls Telegram.
  std::optional<FleetBot> bot;
};

}  // namespace kgw
