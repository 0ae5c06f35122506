// kiosk-gateway: reads the command line and the settings, then starts what was requested.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string>

#include "base/table.hpp"
#include "cli/cli.hpp"
#include "cli/wrong_words.hpp"
#include "gateway/gateway.hpp"
#include "program/demo_command.hpp"
#include "program/local_commands.hpp"
#include "program/settings_commands.hpp"
#include "program/welcome.hpp"
#include "settings/config.hpp"
#include "settings/settings_sources.hpp"
#include "upkeep/sandbox.hpp"

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitConfiguration = 78;

void add_demo_options(CLI::App& command, kgw::DemoCommand& demo) {
  command.add_option("--kiosks", demo.kiosks, "How many demo kiosks to run")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option_function<std::vector<std::string>>(
      "--fault",
      [&demo](const std::vector<std::string>& names) {
        for (const std::string& name : names) {
          const auto fault = kgw::parse_demo_fault(name);
          if (!fault)
            throw CLI::ValidationError(
                "--fault", "'" + name + "' is not one of slow, mute, wrong-id, late, duplicate, drop");
          demo.faults.insert(*fault);
        }
      },
      "What the kiosks do wrong: slow, mute, wrong-id, late, duplicate, drop (may be given more than once)");
}

int serve(const char* program, const kgw::LoadedConfig& loaded, std::function<kgw::LoadedConfig()> read_again) {
  const std::string given_up =
      loaded.config.sandbox ? kgw::close_sandbox(loaded.config.data_dir) : std::string("nothing");
  auto gateway = kgw::Gateway::open(loaded, std::move(read_again), given_up);
  if (!gateway) {
    std::cerr << "kiosk-gateway: " << gateway.error().message << "\n";
    return kExitFailure;
  }
  // For people. Anything but a terminal gets only the log's JSON lines, which say the same.
  if (isatty(STDOUT_FILENO) == 1)
    std::cout << kgw::serve_welcome(program, (*gateway)->url("http"), loaded.config) << std::flush;
  return (*gateway)->run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"kiosk-gateway: delivers a backend's call to a kiosk behind NAT and returns its answer.",
               "kiosk-gateway"};
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App* const serve_command = app.add_subcommand("serve", "run the gateway");
  kgw::SettingsCommands settings;
  settings.install(app, *serve_command);
  CLI::App* const demo_command = app.add_subcommand("demo", "run the gateway with demo kiosks, to try it out");
  kgw::DemoCommand demo;
  demo.program = argv[0];
  add_demo_options(*demo_command, demo);
  kgw::Cli cli;
  cli.install(app);
  kgw::LocalCommands local;
  local.install(app);
  for (CLI::App* const command : {serve_command, demo_command})
    command->footer("All settings: kiosk-gateway --help");
  CLI::App* const version_command = app.add_subcommand("version", "print the version");
  app.set_version_flag("--version,-V", KGW_VERSION, "Print the version and exit");
  const std::vector<std::string> words = kgw::with_help({argv + 1, argv + argc});
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ParseError& error) {
    return kgw::exit_of(app, words, error, std::cout, std::cerr);
  }
  kgw::limit_columns(std::cout, kgw::terminal_columns());
  if (*version_command) {
    std::cout << KGW_VERSION << "\n";
    return 0;
  }
  const kgw::LoadedConfig loaded = settings.load();
  if (const auto code = settings.run(loaded)) return *code;
  if (const auto code = local.run(loaded)) return *code;
  if (!kgw::accept_settings(loaded)) return kExitConfiguration;
  const auto read_again = [flags = settings.flags()] { return kgw::read_settings(flags, kgw::Reading::again); };
  if (*serve_command) return serve(argv[0], loaded, read_again);
  if (*demo_command) return kgw::run_demo(loaded, read_again, demo);
  return cli.run({loaded.config.gateway_url, kgw::command_key(loaded.config), loaded.config.redis_ca_file,
                  std::cin, std::cout, std::cerr});
}
