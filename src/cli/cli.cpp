#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

#include "cli/kiosk_commands.hpp"

namespace kgw {

struct Cli::Impl {
  using Action = std::function<void(const AdminApi&, const CliEnvironment&)>;

  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& meaning, Action action) {
    CLI::App* const command = parent.add_subcommand(name, meaning);
    actions.emplace_back(command, std::move(action));
    return command;
  }

  // A command about one kiosk.
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& meaning,
                void (*action)(const AdminApi&, const KioskArguments&, std::ostream&)) {
    CLI::App* const command =
        add(parent, name, meaning,
            [this, action](const AdminApi& api, const CliEnvironment& env) { action(api, kiosk, env.out); });
    command->add_flag("--json", kiosk.json, "Print the gateway's answer as JSON, for programs");
    return command;
  }

  void add_id(CLI::App* command) {
    command->add_option("ID", kiosk.id, "The kiosk's id: 1 to 64 of the characters A-Z a-z 0-9 _ . : -")
        ->required();
  }

  void add_force(CLI::App* command) {
    command->add_flag("--force", kiosk.force,
                      "Close its connection at once, without waiting for requests that run");
  }

  void install_kiosk(CLI::App& app);
  void install_send(CLI::App& app);

  KioskArguments kiosk;
  SendArguments sending;
  std::vector<std::pair<CLI::App*, Action>> actions;
};

void Cli::Impl::install_kiosk(CLI::App& app) {
  CLI::App& group = *app.add_subcommand("kiosk", "register kiosks and look after them");
  group.require_subcommand(1);
  CLI::App* command = add(group, "add", "register a kiosk and print its token", &kiosk_add);
  add_id(command);
  command->add_option("NAME", kiosk.name, "What people call it, say \"Cafe, left till\"");
  add(group, "list", "all kiosks, and which are online", &kiosk_list);
  add_id(add(group, "show", "everything about one kiosk, with its last connections", &kiosk_show));
  command = add(group, "rename", "give a kiosk another name; its id stays", &kiosk_rename);
  add_id(command);
  command->add_option("NAME", kiosk.name, "What people call it")->required();
  add_id(add(group, "enable", "switch a kiosk on again", &kiosk_enable));
  command = add(group, "disable", "switch a kiosk off: it can't connect and gets no requests", &kiosk_disable);
  add_id(command);
  add_force(command);
  command = add(group, "remove", "forget a kiosk (asks no question)", &kiosk_remove);
  add_id(command);
  add_force(command);
  command = add(group, "token", "make a new token; the old one ends", &kiosk_token);
  add_id(command);
  add_force(command);
  command = add(
      group, "import", "register many kiosks from JSON lines",
      [this](const AdminApi& api, const CliEnvironment& env) { kiosk_import(api, kiosk, env.in, env.out); });
  command
      ->add_option(
          "FILE", kiosk.file,
          "One object a line: {\"id\":\"kiosk_001\",\"name\":\"Left till\",\"token\":\"...\"}; name and token\n"
          "may be missing. - reads standard input")
      ->required();
  command->add_flag("--json", kiosk.json, "Print the gateway's answer as JSON, for programs");
}

void Cli::Impl::install_send(CLI::App& app) {
  CLI::App* const command =
      add(app, "send", "send one request to a kiosk and print its answer",
          [this](const AdminApi& api, const CliEnvironment& env) { send(api, sending, env.out); });
  command->footer("Example: kiosk-gateway send kiosk_001 payment '{\"order_id\":1,\"sum\":1000.10}'");
  command->add_option("KIOSK", sending.kiosk, "The kiosk's id")->required();
  command
      ->add_option("OPERATION", sending.operation,
                   "payment, fiscal, kds, print, or what else its agent has a route for")
      ->required();
  command->add_option("JSON", sending.json, "The body, one JSON object; it arrives byte for byte")->required();
  command
      ->add_option_function<unsigned>(
          "--timeout", [this](unsigned seconds) { sending.timeout_s = seconds; },
          "Seconds to wait for the kiosk's answer (the gateway's default is 45)")
      ->type_name("SECONDS");
  command
      ->add_option("--method", sending.method, "The HTTP method that the kiosk uses towards its local service")
      ->capture_default_str();
}

Cli::Cli() : impl_(std::make_unique<Impl>()) {}
Cli::~Cli() = default;

void Cli::install(CLI::App& app) {
  impl_->install_kiosk(app);
  impl_->install_send(app);
}

bool Cli::chosen() const {
  for (const auto& [command, action] : impl_->actions)
    if (command->parsed()) return true;
  return false;
}

int Cli::run(const CliEnvironment& environment) {
  try {
    const AdminApi api(environment.gateway_url, environment.key);
    for (const auto& [command, action] : impl_->actions) {
      if (!command->parsed()) continue;
      action(api, environment);
      environment.out.flush();
      if (!environment.out)
        throw CommandFailed("The output could not be written; the command itself was carried out.");
      return 0;
    }
  } catch (const CommandFailed& failed) {
    environment.err << failed.what() << "\n";
    return 1;
  }
  return 2;
}

int run_cli(int argc, const char* const* argv, const CliEnvironment& environment) {
  CLI::App app{"Commands for a running kiosk-gateway.", "kiosk-gateway"};
  app.require_subcommand(1);
  Cli cli;
  cli.install(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, environment.out, environment.err) == 0 ? 0 : 2;
  }
  return cli.run(environment);
}

}  // namespace kgw
