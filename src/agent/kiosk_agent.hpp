// KioskAgent: a kiosk's whole agent: link, runner, outbox and delivery on one loop, and its log. On SIGTERM
// running calls finish first. A health page that can't listen is logged, and missing.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent_loop.hpp"
#include "agent/execution/boot_clock.hpp"
#include "agent/execution/delivery.hpp"
#include "agent/execution/outbox.hpp"
#include "agent/execution/runner.hpp"
#include "agent/gateway_url.hpp"
#include "agent/health/device_watch.hpp"
#include "agent/health/health_report.hpp"
#include "agent/health/health_server.hpp"
#include "agent/link.hpp"
#include "agent/local/local_client.hpp"
#include "agent/routes/routes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

namespace kgw {

class KioskAgent {
 public:
  struct Settings {
    std::string kiosk;                   // for the log
    std::vector<GatewayUrl> gateways;    // as Link::Settings has them
    std::function<std::string()> token;  // as Link::Settings has it
    std::optional<ProxyUrl> proxy;       // as Link::Settings has it
    std::string ca_file;                 // as AgentLoop::trust() has it; empty: none
    Milliseconds reconnect_max{60'000};  // the longest wait between two attempts
    LogLevel log_level = LogLevel::info;
    std::optional<std::uint16_t> health_port;     // of the health page; 0: any; nullopt: there is none
    std::function<Result<Routes>()> read_routes;  // again at SIGHUP; empty: they never change
  };

  // Requires `clock` and `boot` to outlive it.
  KioskAgent(Settings settings, const Routes& routes, std::unique_ptr<Outbox> outbox, const Clock& clock,
             const BootClock& boot);
  // Returns after SIGTERM or SIGINT. Error: the outbox, or the file of authorities, can't be read.
  Result<void> run();

 private:
  Runner::Hooks runner_hooks();
  Link::Hooks link_hooks();
  Link::Settings link_settings() const;
  void say(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
  void on_up();
  void say_what_is_held();
  void on_text(std::string_view text);
  void on_recorded(const std::string& request_id);
  void on_down(const LinkDown& down);
  void on_device(const DeviceState& device);
  void start_health();
  HealthReport health() const;
  void count(const RunnerReport& report);
  void on_report(const RunnerReport& report);
  void on_fault(const Fault& fault);
  void on_owed();
  void send_unrecorded(std::string message);
  void on_signal(int signal);
  void reload();
  void stop();
  void close_when_done();
  void close();

  const Settings settings_;
  const Clock& clock_;
  std::unique_ptr<Outbox> outbox_;
  Log log_;
  Milliseconds longest_call_{0};  // how long SIGTERM waits for what runs
  bool stopping_ = false, closing_ = false;
  AgentLoop loop_;
  LocalClient http_;
  ProgramRunner programs_;
  Runner runner_;
  Link link_;
  Delivery delivery_;
  std::shared_ptr<const Routes> routes_;
  DeviceWatch devices_;
  const Now started_;
  WallTime link_since_;
  HealthReport::Stats stats_;
  std::optional<HealthReport::Mishap> last_error_;
  std::unique_ptr<HealthServer> health_server_;  // last: its thread asks the loop
};

}  // namespace kgw
