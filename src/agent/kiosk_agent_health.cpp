// Implements agent/kiosk_agent.hpp: its part for the health page: what is counted and reported.
#include <utility>

#include "agent/kiosk_agent.hpp"

namespace kgw {

void KioskAgent::start_health() {
  if (!settings_.health_port) return;
  auto server = HealthServer::start(*settings_.health_port, [this](std::function<void(HealthReport)> done) {
    loop_.post([this, done = std::move(done)] { done(health()); });
  });
  if (!server)
    return say(LogLevel::warning, "health_page_off",
               {{"kiosk_id", settings_.kiosk}, {"reason", server.error().message}});
  health_server_ = *std::move(server);
  say(LogLevel::info, "health_page",
      {{"kiosk_id", settings_.kiosk}, {"port", std::int64_t{health_server_->port()}}});
}

HealthReport KioskAgent::health() const {
  const Now now = clock_.now();
  HealthReport report;
  report.version = KGW_VERSION;
  report.kiosk = settings_.kiosk;
  report.gateway = settings_.gateways[link_.address()].shown();
  report.now = now.wall;
  report.connected = link_.is_up();
  report.link_since = link_since_;
  report.round_trip = link_.round_trip();
  report.uptime = std::chrono::duration_cast<std::chrono::seconds>(now.steady - started_.steady);
  report.queue_size = runner_.unfinished();
  report.unsent = link_.unsent();
  for (const Route& route : routes_->all())
    report.routes.push_back(route.operation.empty() ? "*" : route.operation);
  report.devices = devices_.states();
  report.stats = stats_;
  report.last_error = last_error_;
  return report;
}

void KioskAgent::count(const RunnerReport& report) {
  using Kind = RunnerReport::Kind;
  switch (report.kind) {
    case Kind::ignored: return;
    case Kind::repeated: ++stats_.repeated; return;
    case Kind::interrupted: ++stats_.interrupted; return;
    case Kind::disk: last_error_ = {std::string(report.result), clock_.now().wall}; return;
    case Kind::finished: break;
  }
  if (report.result == "answered") ++stats_.answered;
  else if (report.result == "declined") ++stats_.declined;
  else ++stats_.failed;
}

void KioskAgent::on_device(const DeviceState& device) {
  say(device.ready ? LogLevel::info : LogLevel::warning, device.ready ? "device_ready" : "device_not_ready",
      {{"kiosk_id", settings_.kiosk}, {"operation", device.operation}, {"reason", device.message}});
}

}  // namespace kgw
