// ObservedRegistry: the registry, and what was written to it by operators and by connections told to the event
// streams: so that no handler has to think of them. A removed kiosk's last error is forgotten. Loop thread
// only.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "live/kiosk_faults.hpp"
#include "live/news.hpp"
#include "shell/fold.hpp"
#include "store/registry.hpp"

namespace kgw {

class ObservedRegistry final : public Registry {
 public:
  ObservedRegistry(Registry& registry, News& news, KioskFaults& faults, const Clock& clock)
      : registry_(registry), news_(news), faults_(faults), clock_(clock) {}

  // Told when it is durable.
  void write_registry(std::vector<RegistryChange> changes, Written callback) override;
  // A kiosk that comes and goes again and again is folded: twenty lines, then one a minute that says how many
  // it stands for.
  void note_connection(ConnectionRecord record) override;
  void on_tick(const Now& now);

 private:
  void write_connection(ConnectionRecord record);

  Registry& registry_;
  News& news_;
  KioskFaults& faults_;
  const Clock& clock_;
  Fold<ConnectionRecord> connections_{20, std::chrono::minutes(1), limits::kKiosksMax};
};

}  // namespace kgw
