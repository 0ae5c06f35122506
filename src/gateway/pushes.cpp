#include "gateway/pushes.hpp"

#include "gateway/doors.hpp"
#include "gateway/ground.hpp"
#include "gateway/office.hpp"
#include "gateway/relaying.hpp"
#include "gateway/store_side.hpp"

namespace kgw {

Pushes::Pushes(Ground& on, Doors& doors, StoreSide& stores, Relaying& relaying, Office& office)
    : observatory(Observatory::Parts{on.config, relaying.shell, on.loop, doors.server, stores.journal, on.log,
                                     on.metrics, office.alerts.book(), on.clock, on.random},
                  on.node),
      callbacks(on, stores, relaying, office) {
  observatory.watch_callbacks([this] { return callbacks.sender().figures(); });
  if (on.config.telegram_bot_token.empty()) return;
  bot.emplace(on.config,
              TelegramConsole::Rooms{relaying.shell, relaying.kiosk_door, office.kiosks, office.keys,
                                     office.resolutions, doors.keys, relaying.intake, office.alerts,
                                     stores.kept, on.loop, stores.journal, stores.registry, stores.history,
                                     on.metrics, relaying.timeouts, office.slices},
              on.node, on.random, on.log);
  observatory.watch([this] { return bot->figures(); });
  on.reload.add_applied([this](const Config& read) { bot->set_admins(read.telegram_admin_ids); });
}

}  // namespace kgw
