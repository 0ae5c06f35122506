// DeviceWatch: asks each device whose route has a `health` whether it is ready, every 15 s (PROTOCOL.md 4.2),
// and remembers since when. Used on the client's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/execution/device_lookups.hpp"
#include "agent/health/health_report.hpp"
#include "agent/local/local_client.hpp"
#include "agent/routes/routes.hpp"
#include "base/clock.hpp"

namespace kgw {

// Returns whether the device is ready and, if it is not, why. Without a `not_ready` in its route, a top-level
// "ready" that is false means that it is not.
DeviceState read_device_health(const Route& route, const OutboundAnswer& answer);

class DeviceWatch {
 public:
  struct Settings {
    Milliseconds every{15'000};
  };
  // Requires `http` and `clock` to outlive this. `changed` gets each first state, and each change.
  DeviceWatch(LocalClient& http, const Clock& clock, After after,
              std::function<void(const DeviceState&)> changed, Settings settings);
  ~DeviceWatch();  // what is being asked is not reported
  DeviceWatch(const DeviceWatch&) = delete;

  // From now on these. The first call begins to ask.
  void use(std::shared_ptr<const Routes> routes);
  // Of those that have answered, or failed to; sorted by operation.
  std::vector<DeviceState> states() const;

 private:
  void ask_all();
  void ask(const Route& route);
  void on_answer(const Route& route, const OutboundAnswer& answer);

  LocalClient& http_;
  const Clock& clock_;
  const After after_;
  const std::function<void(const DeviceState&)> changed_;
  const Settings settings_;
  std::shared_ptr<const Routes> routes_;
  std::map<std::string, DeviceState> states_;
  std::set<std::string> asking_;
  std::shared_ptr<DeviceWatch*> self_;  // callbacks go through it: null once this is destroyed
};

}  // namespace kgw
