// kiosk-gateway: reads the command line and the settings, then starts what was asked for.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "cli/cli.hpp"
#include "gateway/config.hpp"
#include "gateway/demo_command.hpp"
#include "gateway/gateway.hpp"
#include "gateway/secrets.hpp"

namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// "DATA_DIR" as a flag: "--data-dir".
std::string flag_of(std::string_view name) {
  std::string flag = "--";
  for (const char c : name)
    flag.push_back(c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  return flag;
}

void add_settings(CLI::App& app, std::map<std::string, std::string>& flags) {
  for (const kgw::SettingInfo& setting : kgw::settings()) {
    const std::string name(setting.name);
    std::string meaning(setting.meaning);
    if (!setting.standard.empty()) meaning += " [" + std::string(setting.standard) + "]";
    app.add_option_function<std::string>(
           flag_of(name), [&flags, name](const std::string& value) { flags[name] = value; }, meaning)
        ->group("Settings (also from the environment or .env, as " + std::string("PORT for --port)"))
        ->type_name("");
  }
}

void add_demo_options(CLI::App& command, kgw::DemoCommand& demo) {
  command.add_option("--kiosks", demo.kiosks, "how many demo kiosks")
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
      "what the kiosks do wrong: slow, mute, wrong-id, late, duplicate, drop (may be given more than once)");
}

// GATEWAY_KEY, else ADMIN_API_KEY, else the key that the gateway made in DATA_DIR.
std::string cli_key(const kgw::Config& config) {
  if (!config.gateway_key.empty()) return config.gateway_key;
  if (!config.admin_api_key.empty()) return config.admin_api_key;
  return kgw::read_secret(std::filesystem::path(config.data_dir) / "admin.key");
}

int serve(const kgw::LoadedConfig& loaded) {
  auto gateway = kgw::Gateway::open(loaded.config, loaded.warnings);
  if (!gateway) {
    std::cerr << "kiosk-gateway: " << gateway.error().message << "\n";
    return kExitFailure;
  }
  return (*gateway)->run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"kiosk-gateway: brings a backend's call to a kiosk behind NAT, and its answer back.",
               "kiosk-gateway"};
  app.require_subcommand(1);
  app.fallthrough();
  std::map<std::string, std::string> flags;
  add_settings(app, flags);
  CLI::App* const serve_command = app.add_subcommand("serve", "run the gateway");
  CLI::App* const demo_command = app.add_subcommand("demo", "run the gateway with demo kiosks, to try it out");
  kgw::DemoCommand demo;
  add_demo_options(*demo_command, demo);
  kgw::Cli cli;
  cli.install(app);
  for (CLI::App* const command : {serve_command, demo_command})
    command->footer("All settings: kiosk-gateway --help");
  CLI::App* const version_command = app.add_subcommand("version", "print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kExitUsage;
  }
  if (*version_command) {
    std::cout << KGW_VERSION << "\n";
    return 0;
  }
  const std::string dotenv = read_file(".env").value_or("");
  const kgw::LoadedConfig loaded = kgw::load_config(environment, dotenv, flags, read_file);
  if (!loaded.faults.empty()) {
    std::cerr << "kiosk-gateway: " << kgw::describe(loaded.faults);
    return kExitConfiguration;
  }
  if (*serve_command) return serve(loaded);
  if (*demo_command) return kgw::run_demo(loaded, demo);
  return cli.run({loaded.config.gateway_url, cli_key(loaded.config), std::cin, std::cout, std::cerr});
}
