// kiosk-agent: the kiosk's side. Parses arguments and runs a KioskAgent. Exit codes: 0 ended, 1 failure, 2
// usage, 78 configuration (EX_CONFIG of sysexits.h).
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

#include "agent/agent_loop.hpp"
#include "agent/config/agent_settings.hpp"
#include "agent/desk/commands.hpp"
#include "agent/execution/boot_clock.hpp"
#include "agent/execution/outbox.hpp"
#include "agent/kiosk_agent.hpp"
#include "agent/routes/routes.hpp"
#include "agent/routes/routes_file.hpp"
#include "agent/simulate/simulate_command.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/shown_url.hpp"
#include "base/table.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

struct Arguments {
  std::map<std::string, std::string> flags;  // by the setting's name
  std::vector<std::string> routes;
  AgentSettings settings;  // once they are loaded
};

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
  const AgentSettings& settings = arguments.settings;
  // Routes that are given as arguments are meant, whatever file the environment names.
  if (arguments.routes.empty()) return read_routes(settings.routes_file, settings.local_timeout, warnings);
  Routes routes;
  for (const std::string& route : arguments.routes)
    if (auto added = routes.add(route, settings.local_timeout); !added) return added.error();
  return routes;
}

// Loads the settings into the arguments, from everywhere. Returns the exit code if something is wrong with
// them, which is said; 0: nothing is.
int load(Arguments& arguments, LoadedAgentSettings& loaded) {
  loaded = load_agent_settings(agent_sources(arguments.flags));
  for (const std::string& warning : loaded.warnings) std::cerr << "Warning: " << warning << ".\n";
  if (!loaded.faults.empty()) {
    for (const std::string& fault : loaded.faults) std::cerr << fault << "\n";
    return kExitConfiguration;
  }
  arguments.settings = loaded.settings;
  const bool both = !arguments.routes.empty() && arguments.flags.contains("ROUTING_CONFIG_PATH");
  if (both || (arguments.routes.empty() && arguments.settings.routes_file.empty()))
    return usage(
        "Give the routes with --routes FILE (or ROUTING_CONFIG_PATH), or each with --route OPERATION=URL.");
  if (!arguments.routes.empty())
    if (const auto routes = routes_of(arguments); !routes) return usage(routes.error().message);
  return 0;
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

int check_config(const Arguments& arguments, const LoadedAgentSettings& loaded) {
  std::vector<std::string> warnings;
  const auto routes = routes_of(arguments, &warnings);
  if (!routes) return misconfigured(routes.error().message);
  Table settings({"setting", "value", "from"});
  for (const auto& value : loaded.values)
    settings.add({std::string(value.name), printable(value.shown), value.source});
  settings.print(std::cout);
  std::cout << "\n";
  Table table({"operation", "local service", "method", "timeout", "at a time", "when interrupted", "can"});
  for (const Route& route : routes->all())
    table.add({route.operation.empty() ? "(all others)" : route.operation,
               route.program ? "program " + route.program->command.front() : shown_url(route.url),
               route.method.empty() ? "the request's" : route.method, seconds(route.timeout),
               std::to_string(route.concurrency), route.retry ? "retry" : "report", can(route)});
  table.print(std::cout);
  for (const std::string& warning : warnings) std::cerr << "Warning: " << warning << ".\n";
  if (const auto token = read_agent_token(arguments.settings); !token)
    return misconfigured(token.error().message);
  if (const std::string& file = arguments.settings.ca_file; !file.empty()) {
    AgentLoop loop;
    if (const auto trusted = loop.trust(file); !trusted) return misconfigured(trusted.error().message);
  }
  std::cout << "The configuration is valid.\n";
  return 0;
}

int run_agent(const Arguments& arguments) {
  const auto routes = routes_of(arguments);
  if (!routes) return misconfigured(routes.error().message);
  const AgentSettings& given = arguments.settings;
  auto token = read_agent_token(given);
  if (!token) return misconfigured(token.error().message);
  KioskAgent::Settings settings;
  const auto claims = read_claims_unverified(*token);
  settings.kiosk = claims && is_name(claims->kiosk_id) ? claims->kiosk_id : "unknown";
  settings.gateways = given.gateways;
  settings.proxy = given.proxy;
  settings.ca_file = given.ca_file;
  settings.reconnect_max = given.reconnect_max;
  settings.log_level = given.log_level;
  settings.health_port = given.health_port;
  // A file is read again for each attempt: a new token is used without a restart.
  settings.token = [given, last = *std::move(token)]() mutable {
    if (auto fresh = read_agent_token(given, Reading::again)) last = *std::move(fresh);
    return last;
  };
  if (arguments.routes.empty()) settings.read_routes = [arguments] { return routes_of(arguments); };
  const SystemClock clock;
  const SystemBootClock boot;
  SystemRandom random;
  auto outbox = Outbox::open({.file = given.outbox.empty() ? usual_outbox(settings.kiosk) : given.outbox},
                             clock, boot, random);
  if (!outbox) return misconfigured(outbox.error().message);
  KioskAgent agent(std::move(settings), *routes, *std::move(outbox), clock, boot);
  const auto ran = agent.run();
  if (ran) return 0;
  std::cerr << ran.error().message << "\n";
  return 1;
}

int diagnose(const Arguments& arguments) {
  const auto routes = routes_of(arguments);
  if (!routes) return misconfigured(routes.error().message);
  return run_doctor(arguments.settings, *routes);
}

int test(const Arguments& arguments, const std::string& operation, const std::string& body) {
  const auto routes = routes_of(arguments);
  if (!routes) return misconfigured(routes.error().message);
  return test_route(*routes, operation, body);
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

void add_settings(CLI::App& app, Arguments& arguments) {
  for (const AgentSetting& setting : agent_setting_table()) {
    if (setting.flag.empty()) continue;
    std::string help = std::string(setting.meaning) + " [" + std::string(setting.name) + "]";
    if (!setting.standard.empty()) help += " (" + std::string(setting.standard) + ")";
    app.add_option_function<std::string>(
        std::string(setting.flag),
        [&arguments, name = std::string(setting.name)](const std::string& value) {
          arguments.flags[name] = value;
        },
        help);
  }
  app.add_option("--route", arguments.routes, "OPERATION=URL: instead of a file; give one for each operation")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
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
      "Settings may also be given by the names in brackets: in the environment, in .env, or in "
      "/etc/kiosk-agent/agent.env.\n"
      "It keeps reconnecting by itself. Ctrl-C stops it once the running calls have finished."};
  Arguments arguments;
  add_settings(app, arguments);
  app.add_subcommand("check-config", "Reads the configuration and says what is wrong with it, then ends")
      ->fallthrough();
  app.add_subcommand("status", "Says how the agent that runs on this machine is; exit status 1: not well")
      ->fallthrough();
  app.add_subcommand("doctor", "Tries the way to the gateway and to each local service; says what is wrong")
      ->fallthrough();
  std::string operation, body;
  CLI::App* const tested = app.add_subcommand(
      "test", "Calls an operation's local service, really, and shows what the gateway would hear");
  tested->add_option("OPERATION", operation, "As in the routes: payment")->required();
  tested->add_option("BODY", body, "JSON, as a backend sends it; without it, there is no body");
  tested->fallthrough();
  SimulateArguments simulated;
  add_simulate(app, simulated);
  app.set_version_flag("--version", "kiosk-agent " KGW_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (app.got_subcommand("simulate")) return run_simulator(simulated);
  if (app.got_subcommand("status")) {  // needs no routes
    const LoadedAgentSettings loaded = load_agent_settings(agent_sources(arguments.flags));
    return show_status(loaded.settings);
  }
  LoadedAgentSettings loaded;
  if (const int wrong = load(arguments, loaded); wrong != 0) return wrong;
  if (app.got_subcommand("check-config")) return check_config(arguments, loaded);
  if (app.got_subcommand("doctor")) return diagnose(arguments);
  return app.got_subcommand("test") ? test(arguments, operation, body) : run_agent(arguments);
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
