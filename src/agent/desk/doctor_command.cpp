// Implements agent/desk/commands.hpp: `kiosk-agent doctor`.
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <utility>

#include "agent/desk/commands.hpp"
#include "agent/desk/local_health.hpp"
#include "agent/desk/probe.hpp"
#include "agent/execution/kiosk_request.hpp"
#include "agent/health/device_watch.hpp"
#include "agent/local/local_client.hpp"
#include "base/shown_url.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

// Beyond this, certificates and tokens begin to fail, and receipts bear wrong times.
constexpr std::chrono::seconds kClockOff = std::chrono::minutes(2);

class Verdict {
 public:
  void good(const std::string& what, const std::string& text) { print("ok      ", what, text); }
  void note(const std::string& what, const std::string& text) { print("note    ", what, text); }
  void bad(const std::string& what, const std::string& text) {
    print("PROBLEM ", what, text);
    ++problems_;
  }
  int problems() const { return problems_; }

 private:
  static void print(const char* mark, const std::string& what, const std::string& text) {
    std::cout << mark << what << ": " << text << std::endl;
  }
  int problems_ = 0;
};

void check_token(const AgentSettings& settings, const Clock& clock, Verdict& verdict) {
  const auto token = read_agent_token(settings);
  if (!token) return verdict.bad("token", token.error().message);
  const auto claims = read_claims_unverified(*token);
  if (!claims)
    return verdict.note("token",
                        "It is not in the form of a gateway's token; only the gateway can say if it counts.");
  const WallTime now = clock.now().wall;
  if (claims->expires_at <= now)
    return verdict.bad("token", "It expired at " + rfc3339(claims->expires_at) +
                                    ". Create a new one with `kiosk-gateway kiosk token " + claims->kiosk_id +
                                    "`.");
  if (claims->issued_at && *claims->issued_at > now + kClockOff)
    return verdict.bad("clock", "The token was made in this machine's future, at " +
                                    rfc3339(*claims->issued_at) + "; set the clock.");
  verdict.good("token", "of kiosk " + claims->kiosk_id + ", valid until " + rfc3339(claims->expires_at));
}

void check_clock(const GatewayUrl& gateway, const AgentSettings& settings, const Clock& clock,
                 Verdict& verdict) {
  const auto ahead = probe_clock(gateway, settings, clock);
  if (!ahead) return verdict.note("clock", gateway.shown() + " did not say what time it is.");
  const std::string by = std::to_string(std::abs(ahead->count())) + " s";
  if (*ahead > kClockOff) return verdict.bad("clock", "It is " + by + " ahead of the gateway's; set it (NTP).");
  if (*ahead < -kClockOff) return verdict.bad("clock", "It is " + by + " behind the gateway's; set it (NTP).");
  verdict.good("clock", "within " + by + " of the gateway's");
}

void check_ways(const AgentSettings& settings, const Clock& clock, Verdict& verdict) {
  for (const GatewayUrl& gateway : settings.gateways) {
    if (const std::string problem = probe_way(gateway, settings); !problem.empty()) {
      verdict.bad("gateway " + gateway.shown(), problem);
      continue;
    }
    verdict.good("gateway " + gateway.shown(),
                 gateway.tls ? "name, connection and TLS are fine" : "name and connection are fine");
    check_clock(gateway, settings, clock, verdict);
  }
}

void check_sign_in(const AgentSettings& settings, Verdict& verdict) {
  if (const auto health = ask_local_agent(settings)) {
    const bool connected = is_true_in(*health, "ws_connected");
    const boost::json::value* const error = health->if_contains("last_error");
    const std::string reason =
        error != nullptr && error->is_object() ? text_in(error->as_object(), "message") : "";
    if (connected)
      return verdict.good("link",
                          "The agent on this machine is connected since " + text_in(*health, "ws_since"));
    return verdict.bad("link", "The agent on this machine runs, but is not connected: " + reason);
  }
  const auto token = read_agent_token(settings);
  if (!token) return;
  const GatewayUrl& first = settings.gateways.front();
  const std::string reason = probe_sign_in(first, settings, *token);
  if (!reason.empty()) return verdict.bad("link", reason);
  verdict.good("link", first.shown() + " lets this kiosk in. No agent was running; none is now.");
}

void check_proxy(const AgentSettings& settings, Verdict& verdict) {
  if (settings.proxy)
    return verdict.note("proxy",
                        "The link goes through " + settings.proxy->host + ", port " + settings.proxy->port);
  for (const char* const name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})
    if (const char* const value = std::getenv(name); value != nullptr && *value != '\0')
      return verdict.note("proxy", std::string(name) + " is set (" + shown_url(value) +
                                       "), but the link goes through a proxy only with --proxy or PROXY_URL.");
}

void check_route(const Route& route, Verdict& verdict) {
  const std::string what = "route " + (route.operation.empty() ? std::string("(all others)") : route.operation);
  KioskRequest nobodys;
  nobodys.operation = route.operation;
  if (route.health) {
    if (auto call = question_call(nobodys, *route.health)) {
      const DeviceState state = read_device_health(route, LocalClient::run(*std::move(call)));
      if (state.ready) return verdict.good(what, "the device says that it is ready");
      return verdict.bad(what, "the device is not ready" + (state.message.empty() ? "" : ": " + state.message));
    }
  }
  if (route.program) {
    const std::string& program = route.program->command.front();
    if (access(program.c_str(), X_OK) == 0) return verdict.good(what, program + " is there; it was not run");
    if (program.find('/') != std::string::npos)
      return verdict.bad(what, program + " can't be run: " + std::generic_category().message(errno));
    return verdict.note(what, program + " was not tried.");
  }
  const auto problem = probe_service(route.url);
  if (!problem) return verdict.note(what, shown_url(route.url) + " was not tried.");
  if (!problem->empty()) return verdict.bad(what, shown_url(route.url) + ": " + *problem);
  verdict.good(what, "something listens at " + shown_url(route.url) + "; it was not called");
}

}  // namespace

int run_doctor(const AgentSettings& settings, const Routes& routes) {
  const SystemClock clock;
  Verdict verdict;
  check_token(settings, clock, verdict);
  check_ways(settings, clock, verdict);
  check_proxy(settings, verdict);
  check_sign_in(settings, verdict);
  for (const Route& route : routes.all()) check_route(route, verdict);
  const int problems = verdict.problems();
  std::cout << (problems == 0   ? std::string("Everything that can be tried from here works.")
                : problems == 1 ? std::string("There is one problem.")
                                : "There are " + std::to_string(problems) + " problems; begin with the first.")
            << "\n";
  return problems == 0 ? 0 : 1;
}

}  // namespace kgw
