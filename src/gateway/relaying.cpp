#include "gateway/relaying.hpp"

#include "gateway/doors.hpp"
#include "gateway/ground.hpp"
#include "gateway/store_side.hpp"

namespace kgw {
namespace {

RelaySettings relay_settings(const Config& config) {
  RelaySettings settings;
  settings.max_in_flight = config.max_in_flight;
  settings.operations = config.operation_max_in_flight;
  settings.allow_duplicates = config.allow_duplicates;
  return settings;
}

SendSettings send_settings(const Config& config) {
  const bool journaled = config.journal_strict || !config.redis_url.empty();
  return {config.timeout,      config.timeout_max,   journaled,
          config.offline_wait, config.keys_required, config.unique_orders};
}

}  // namespace

Relaying::Relaying(Ground& on, Doors& doors, StoreSide& stores)
    : ids(on.random),
      teller(doors.server, on.config.legacy_http_status),
      callers(teller),
      reports{on.log, on.metrics, on.kiosk_series},
      shell(relay_settings(on.config), on.loop, callers, stores.journal, reports,
            OutcomeRules(on.config.outcome_rules)),
      unclaimed(Unclaimed::Settings{on.config.claim_operations, on.config.unclaimed_after}, shell,
                stores.registry, stores.journal, on.loop, on.log),
      series(on.loop.now().steady),
      news_gathering(shell.relay(), series, stores.faults, stores.news, on.loop),
      kiosk_door(KioskSession::Surroundings{shell, doors.server, on.log, on.metrics,
                                            KioskMessageReader(shell.rules()), on.node},
                 doors.tokens, on.config.kiosk_certificates, doors.access, on.loop, stores.registry),
      timeouts(on.loop, [this](std::string_view kiosk_id) { return connected_since(kiosk_id); }),
      callback_rules(on.config),
      intake(Intake::Settings{send_settings(on.config), on.config.data_dir,
                              [this, &secrets = stores.webhook_secrets](std::string_view url,
                                                                        std::string_view owner) {
                                return callback_rules.admit(url, owner, secrets);
                              }},
             shell, ids, on.loop, stores.journal, reports) {
  shell.onlookers().add(news_gathering);
  shell.onlookers().add(timeouts);
  shell.set_door(kiosk_door);
  stores.journal.set_listener(shell);
}

std::optional<WallTime> Relaying::connected_since(std::string_view kiosk_id) const {
  const KioskRef* const kiosk = shell.relay().kiosks().find(kiosk_id);
  const KioskSession* const session = kiosk ? kiosk_door.session((*kiosk)->session) : nullptr;
  return session ? std::optional(session->peer().since) : std::nullopt;
}

}  // namespace kgw
