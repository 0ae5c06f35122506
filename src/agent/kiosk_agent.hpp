// KioskAgent: a kiosk's whole agent: link, runner, outbox and delivery on one loop, and its log. On SIGTERM
// running calls finish first.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "agent/agent_loop.hpp"
#include "agent/execution/boot_clock.hpp"
#include "agent/execution/delivery.hpp"
#include "agent/execution/outbox.hpp"
#include "agent/execution/runner.hpp"
#include "agent/gateway_url.hpp"
#include "agent/link.hpp"
#include "agent/routes/routes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "log/log.hpp"
#include "net/http_client.hpp"

namespace kgw {

class KioskAgent {
 public:
  struct Settings {
    std::string kiosk;  // for the log
    GatewayUrl gateway;
    std::function<std::string()> token;           // as Link::Settings has it
    std::function<Result<Routes>()> read_routes;  // again at SIGHUP; empty: they never change
  };

  // Requires `clock` and `boot` to outlive it.
  KioskAgent(Settings settings, const Routes& routes, std::unique_ptr<Outbox> outbox, const Clock& clock,
             const BootClock& boot);
  // Returns after SIGTERM or SIGINT. Error: the outbox can't be read.
  Result<void> run();

 private:
  Runner::Hooks runner_hooks();
  Link::Hooks link_hooks();
  Link::Settings link_settings() const;
  void say(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
  void on_down(const LinkDown& down);
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
  HttpClient http_;
  Runner runner_;
  Link link_;
  Delivery delivery_;
};

}  // namespace kgw
