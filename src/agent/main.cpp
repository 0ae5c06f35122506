// kiosk-agent: the kiosk's side. Parses arguments and runs a KioskAgent. Exit codes: 0 ended, 1 failure, 2
// usage, 78 configuration (EX_CONFIG of sysexits.h).
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <utility>

#include "agent/execution/boot_clock.hpp"
#include "agent/execution/outbox.hpp"
#include "agent/gateway_url.hpp"
#include "agent/kiosk_agent.hpp"
#include "agent/routes/routes.hpp"
#include "agent/routes/routes_file.hpp"
#include "agent/simulate/simulate_command.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/shown_url.hpp"
#include "base/table.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

struct Arguments {
  std::string gateway = "ws://127.0.0.1:8000/ws";
  std::string token_file;
  std::vector<std::string> routes;
  std::string routes_file;
  std::string outbox;
  unsigned timeout_s = 60;
};

// Returns the token without white space around it. Error: one sentence.
Result<std::string> read_token(const std::string& file) {
  std::string token;
  if (file.empty()) {
    for (const char* const name : {"KIOSK_TOKEN", "WS_TOKEN"})
      if (const char* const value = std::getenv(name); value != nullptr && token.empty()) token = value;
  } else {
    std::ifstream in(file, std::ios::binary);
    std::string text(limits::kTokenBytesMax + 64, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.gcount() == 0)
      return Fault{ErrorCode::invalid_argument, "The token file '" + file + "' can't be read, or is empty."};
    token = text.substr(0, static_cast<std::size_t>(in.gcount()));
  }
  const std::size_t start = token.find_first_not_of(" \t\r\n");
  if (start == std::string::npos)
    return Fault{ErrorCode::invalid_argument,
                 "There is no token. Put the token that `kiosk-gateway kiosk add` printed in a file and give "
                 "it with --token-file, or set KIOSK_TOKEN."};
  token = token.substr(start, token.find_last_not_of(" \t\r\n") - start + 1);
  const bool odd =
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") !=
      std::string::npos;
  if (odd || token.size() > limits::kTokenBytesMax)
    return Fault{ErrorCode::invalid_argument,
                 "The kiosk's token is not valid: a token is one long word of letters, digits and dots."};
  return token;
}

// Of one kiosk each: two on one machine may have the same working directory.
std::string usual_outbox(const std::string& kiosk) {
  const char* const state = std::getenv("STATE_DIRECTORY");  // systemd's
  return (state == nullptr || *state == '\0' ? std::string() : std::string(state) + "/") + "kiosk-agent-" +
         kiosk + ".outbox";
}

int usage(const std::string& message) {
  std::cerr << message << "\nTry kiosk-agent --help.\n";
  return kExitUsage;
}

int misconfigured(const std::string& message) {
  std::cerr << message << "\n";
  return kExitConfiguration;
}

// From the file, or from arguments. `warnings`: as read_routes has them.
Result<Routes> routes_of(const Arguments& arguments, std::vector<std::string>* warnings = nullptr) {
  const Milliseconds timeout = std::chrono::seconds(arguments.timeout_s);
  if (!arguments.routes_file.empty()) return read_routes(arguments.routes_file, timeout, warnings);
  Routes routes;
  for (const std::string& route : arguments.routes)
    if (auto added = routes.add(route, timeout); !added) return added.error();
  return routes;
}

// Returns what is wrong with the arguments, apart from what they name; empty: nothing.
std::string fault_of(const Arguments& arguments) {
  if (const auto gateway = parse_gateway_url(arguments.gateway); !gateway) return gateway.error().message;
  if (arguments.routes.empty() == arguments.routes_file.empty())
    return "Give the routes with --routes FILE (or ROUTING_CONFIG_PATH), or each with --route OPERATION=URL.";
  if (arguments.routes_file.empty())
    if (const auto routes = routes_of(arguments); !routes) return routes.error().message;
  return {};
}

std::string seconds(Milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string can(const Route& route) {
  std::string list;
  const std::pair<const std::optional<DeviceQuestion>&, const char*> questions[] = {
      {route.lookup, "lookup"}, {route.cancel, "cancel"}, {route.health, "health"}};
  for (const auto& [question, name] : questions)
    if (question) list += (list.empty() ? "" : ", ") + std::string(name);
  return list.empty() ? "-" : list;
}

int check_config(const Arguments& arguments) {
  if (const std::string fault = fault_of(arguments); !fault.empty()) return usage(fault);
  std::vector<std::string> warnings;
  const auto routes = routes_of(arguments, &warnings);
  if (!routes) return misconfigured(routes.error().message);
  Table table({"operation", "local service", "method", "timeout", "at a time", "when interrupted", "can"});
  for (const Route& route : routes->all())
    table.add({route.operation.empty() ? "(all others)" : route.operation, shown_url(route.url),
               route.method.empty() ? "the request's" : route.method, seconds(route.timeout),
               std::to_string(route.concurrency), route.retry ? "retry" : "report", can(route)});
  table.print(std::cout);
  for (const std::string& warning : warnings) std::cerr << "Warning: " << warning << ".\n";
  if (const auto token = read_token(arguments.token_file); !token) return misconfigured(token.error().message);
  std::cout << "The configuration is valid.\n";
  return 0;
}

int run_agent(const Arguments& arguments) {
  if (const std::string fault = fault_of(arguments); !fault.empty()) return usage(fault);
  const auto routes = routes_of(arguments);
  if (!routes) return misconfigured(routes.error().message);
  auto token = read_token(arguments.token_file);
  if (!token) return misconfigured(token.error().message);
  KioskAgent::Settings settings;
  const auto claims = read_claims_unverified(*token);
  settings.kiosk = claims && is_name(claims->kiosk_id) ? claims->kiosk_id : "unknown";
  settings.gateway = *parse_gateway_url(arguments.gateway);
  // A file is read again for each attempt: a new token is used without a restart.
  settings.token = [file = arguments.token_file, last = *std::move(token)]() mutable {
    if (auto fresh = read_token(file)) last = *std::move(fresh);
    return last;
  };
  if (!arguments.routes_file.empty()) settings.read_routes = [arguments] { return routes_of(arguments); };
  const SystemClock clock;
  const SystemBootClock boot;
  SystemRandom random;
  auto outbox =
      Outbox::open({.file = arguments.outbox.empty() ? usual_outbox(settings.kiosk) : arguments.outbox}, clock,
                   boot, random);
  if (!outbox) return misconfigured(outbox.error().message);
  KioskAgent agent(std::move(settings), *routes, *std::move(outbox), clock, boot);
  const auto ran = agent.run();
  if (ran) return 0;
  std::cerr << ran.error().message << "\n";
  return 1;
}

void add_simulate(CLI::App& app, SimulateArguments& simulated) {
  CLI::App* const simulate = app.add_subcommand(
      "simulate", "Runs simulated devices (payment, fiscal, kds, print) that keep a journal and play faults");
  simulate->add_option("--host", simulated.host, "The address to listen on")->capture_default_str();
  simulate->add_option("--port", simulated.port, "The port; 0: any that is free")->capture_default_str();
  simulate->add_option("--takes", simulated.takes_ms, "Milliseconds that a payment takes")
      ->check(CLI::Range(0, 600'000))
      ->capture_default_str();
  simulate->add_option("--journal", simulated.journal, "File of what was done; without it, nothing survives");
  simulate->add_option("--fault", simulated.fault, "What goes wrong:\n" + device_fault_help())
      ->capture_default_str();
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "kiosk-agent connects this kiosk to the gateway and passes its requests on to the services on this "
      "machine\n"
      "(card terminal, fiscal printer, kitchen display).\n\n"
      "Example:\n"
      "  kiosk-agent --gateway wss://pay.example.com/ws --token-file /etc/kiosk-agent/token \\\n"
      "              --route payment=http://127.0.0.1:9001/payment --route "
      "fiscal=http://127.0.0.1:9002/fiscal\n\n"
      "It keeps reconnecting by itself. Ctrl-C stops it once the running calls have finished."};
  Arguments arguments;
  app.add_option("--gateway", arguments.gateway, "The gateway's address, ws:// or wss://")
      ->envname("WS_SERVER_URL")
      ->capture_default_str();
  app.add_option(
      "--token-file", arguments.token_file,
      "File with this kiosk's token; without it, KIOSK_TOKEN or WS_TOKEN from the environment is used");
  app.add_option("--routes", arguments.routes_file,
                 "YAML file with the local service for each operation, read again at SIGHUP; see docs/agent.md")
      ->envname("ROUTING_CONFIG_PATH");
  app.add_option("--route", arguments.routes, "OPERATION=URL: instead of a file; give one for each operation")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--timeout", arguments.timeout_s,
                 "How many seconds to wait for a local service whose route says nothing else")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--outbox", arguments.outbox,
                 "File that keeps what was asked and what came of it, so that nothing happens twice; default: "
                 "kiosk-agent-KIOSK.outbox in the working directory, or in $STATE_DIRECTORY")
      ->envname("OUTBOX_PATH");
  app.add_subcommand("check-config", "Reads the configuration and says what is wrong with it, then ends")
      ->fallthrough();
  SimulateArguments simulated;
  add_simulate(app, simulated);
  app.set_version_flag("--version", "kiosk-agent " KGW_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (app.got_subcommand("simulate")) return run_simulator(simulated);
  return app.got_subcommand("check-config") ? check_config(arguments) : run_agent(arguments);
}

}  // namespace
}  // namespace kgw

int main(int argc, char** argv) {
  try {
    return kgw::parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "kiosk-agent: " << error.what() << "\n";
    return 1;
  }
}
