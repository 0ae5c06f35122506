#include "gateway/api_rooms.hpp"

#include "gateway/doors.hpp"
#include "gateway/ground.hpp"
#include "gateway/office.hpp"
#include "gateway/pushes.hpp"
#include "gateway/relaying.hpp"
#include "gateway/store_side.hpp"
#include "http/answers.hpp"

namespace kgw {

ApiRooms::ApiRooms(Ground& on, Doors& doors, StoreSide& stores, Relaying& relaying, Office& office,
                   Pushes& pushes)
    : seal(on.nonce()),
      reading{doors.server, stores.history, reads, office.slices},
      send(relaying.intake, doors.server, on.config.legacy_http_status),
      requests(reading, on.loop, relaying.shell, stores.journal, relaying.unclaimed),
      async(relaying.shell, relaying.teller, on.loop,
            [&server = doors.server, &unclaimed = relaying.unclaimed](CallerId call, const StoredExchange& x,
                                                                      const std::string& fields) {
              respond_json(server, HttpCallId{static_cast<std::uint64_t>(call)}, 202,
                           request_json(x, unclaimed, false).take(), fields + std::string(kNoStore));
            }),
      ledger(doors.server, office.resolutions, doors.access),
      feed(reading, on.loop, seal, relaying.shell.onlookers(), relaying.unclaimed),
      history(reading, seal),
      kiosk_rows(relaying.kiosk_door, stores.faults),
      kiosks(KiosksApi::Kiosks{relaying.shell, relaying.kiosk_door, kiosk_rows, office.kiosks}, send,
             doors.access, office.changing, reading),
      keys(office.keys, doors.keys, doors.access, on.loop, doors.server, office.slices),
      callbacks(reading, CallbacksApi::Parts{stores.registry, stores.webhook_secrets, doors.access, on.loop,
                                             [&pushes] { pushes.callbacks.sender().on_replayed(); }}),
      move(MoveParts{office.changing, reading, office.kiosks, doors.keys, relaying.shell, doors.access,
                     stores.journal}),
      backup(on.config.data_dir, doors.server, stores.history, on.log),
      alerts(doors.server, office.alerts.book(), seal, office.slices),
      login(doors.sessions, doors.access, on.loop, doors.server, stores.registry, on.log),
      status(StatusPages::About{on.node, on.in_redis(), on.config.data_dir},
             StatusPages::Parts{relaying.shell, on.loop, doors.server, stores.journal, on.metrics,
                                relaying.timeouts, office.slices}),
      events(on.nonce(),
             LiveEvents::Shown{stores.news, kiosk_rows, status, relaying.shell, office.alerts.book()}, seal,
             doors.access, on.loop, doors.server),
      insight(relaying.series, on.reload, doors.server) {
  relaying.intake.set_async(async);
  status.set_pushes([&observatory = pushes.observatory] { return observatory.pushes(); });
  doors.front.open({doors.server,
                    send,
                    requests,
                    feed,
                    relaying.unclaimed,
                    kiosks,
                    keys,
                    callbacks,
                    ledger,
                    history,
                    move,
                    backup,
                    alerts,
                    login,
                    events,
                    insight,
                    relaying.kiosk_door,
                    status,
                    pushes.observatory,
                    relaying.shell});
}

}  // namespace kgw
