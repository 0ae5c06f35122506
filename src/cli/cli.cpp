#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

#include "cli/callback_commands.hpp"
#include "cli/key_commands.hpp"
#include "cli/kiosk_commands.hpp"
#include "cli/move_commands.hpp"
#include "cli/request_commands.hpp"
#include "cli/wrong_words.hpp"

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
    command->add_option("ID", kiosk.id, "The kiosk's id: 1 to 64 characters of A-Z a-z 0-9 _ . : -")
        ->required();
  }

  void add_force(CLI::App* command) {
    command->add_flag("--force", kiosk.force,
                      "Close its connection at once, without waiting for running requests");
  }

  void install_kiosk(CLI::App& app);
  void install_send(CLI::App& app);
  void install_keys(CLI::App& app);
  void install_dashboard(CLI::App& app);
  void install_requests(CLI::App& app);
  void install_callbacks(CLI::App& app);
  void install_moving(CLI::App& app);

  KioskArguments kiosk;
  SendArguments sending;
  KeyArguments key;
  RequestArguments request;
  CallbackArguments callback;
  MoveArguments moving;
  std::vector<std::pair<CLI::App*, Action>> actions;
};

void Cli::Impl::install_kiosk(CLI::App& app) {
  CLI::App& group = *app.add_subcommand("kiosk", "register and manage kiosks");
  group.require_subcommand(1);
  CLI::App* command = add(group, "add", "register a kiosk and print its token", &kiosk_add);
  add_id(command);
  command->add_option("NAME", kiosk.name, "A name for people, for example \"Cafe, left till\"");
  add(group, "list", "list all kiosks and which are online", &kiosk_list);
  add_id(add(group, "show", "show everything about one kiosk, with its latest connections", &kiosk_show));
  command = add(group, "rename", "rename a kiosk; its id stays the same", &kiosk_rename);
  add_id(command);
  command->add_option("NAME", kiosk.name, "A name for people")->required();
  add_id(add(group, "enable", "enable a disabled kiosk again", &kiosk_enable));
  command = add(group, "disable", "disable a kiosk: it can't connect and gets no requests", &kiosk_disable);
  add_id(command);
  add_force(command);
  command = add(group, "remove", "remove a kiosk (does not ask for confirmation)", &kiosk_remove);
  add_id(command);
  add_force(command);
  command = add(group, "token", "create a new token; the old one stops working", &kiosk_token);
  add_id(command);
  add_force(command);
  command = add(group, "set", "change how many requests it may run at the same time", &kiosk_set);
  add_id(command);
  command
      ->add_option("--max-in-flight", kiosk.max_in_flight,
                   "From 1 to 1000 (1 for kiosks that handle one request at a time), or 'default'")
      ->required();
  add_id(add(group, "ping", "check that a kiosk answers, and how quickly", &kiosk_ping));
  add_id(add(group, "kick", "close its connection; its agent reconnects by itself", &kiosk_kick));
  command = add(
      group, "import", "register many kiosks from JSON lines",
      [this](const AdminApi& api, const CliEnvironment& env) { kiosk_import(api, kiosk, env.in, env.out); });
  command
      ->add_option("FILE", kiosk.file,
                   "One object per line: {\"id\":\"kiosk_001\",\"name\":\"Left till\",\"token\":\"...\"}; name "
                   "and token\n"
                   "may be left out. - reads standard input")
      ->required();
  command->add_flag("--json", kiosk.json, "Print the gateway's answer as JSON, for programs");
}

void Cli::Impl::install_send(CLI::App& app) {
  CLI::App* const command =
      add(app, "send", "send one request to a kiosk and print its answer",
          [this](const AdminApi& api, const CliEnvironment& env) { send(api, sending, env.in, env.out); });
  command->footer(
      "Example: kiosk-gateway send kiosk_001 payment '{\"order_id\":1,\"sum\":1000.10}'\n"
      "Exit status 0: the kiosk answered; 1: not sent; 3: the outcome is unknown.");
  command->add_option("KIOSK", sending.kiosk, "The kiosk's id")->required();
  command
      ->add_option("OPERATION", sending.operation,
                   "payment, fiscal, kds, print, or any other operation its agent has a route for")
      ->required();
  command
      ->add_option("JSON", sending.json,
                   "The body, one JSON object, sent byte for byte. @FILE reads a file, - standard input")
      ->required();
  command
      ->add_option_function<unsigned>(
          "--timeout", [this](unsigned seconds) { sending.timeout_s = seconds; },
          "How many seconds to wait for the kiosk's answer (unless changed, 45)")
      ->type_name("SECONDS");
  command
      ->add_option("--method", sending.method, "The HTTP method that the kiosk uses to call its local service")
      ->capture_default_str();
}

void Cli::Impl::install_keys(CLI::App& app) {
  CLI::App& group = *app.add_subcommand("key", "create and revoke API keys for backends");
  group.require_subcommand(1);
  const auto add_key = [&](const std::string& name, const std::string& meaning,
                           void (*action)(const AdminApi&, const KeyArguments&, std::ostream&)) {
    CLI::App* const command =
        add(group, name, meaning,
            [this, action](const AdminApi& api, const CliEnvironment& env) { action(api, key, env.out); });
    command->add_flag("--json", key.json, "Print the gateway's answer as JSON, for programs");
    return command;
  };
  const auto add_which = [&](CLI::App* command) {
    command->add_option("KEY", key.name, "The key's name or id (k_...)")->required();
  };
  CLI::App* command = add_key("add", "create a key and print it", &key_add);
  command->add_option("NAME", key.name, "Who uses it, for example shop-backend")->required();
  command
      ->add_option("--scope,--scopes", key.scopes,
                   "What it may do: send (requests to kiosks), read (see everything), admin (everything)\n"
                   "(may be given more than once) [send]")
      ->check(CLI::IsMember({"send", "read", "admin"}));
  command->add_option("--kiosk,--kiosks", key.kiosks,
                      "Only these kiosks: ids where * matches any characters, for example 'shop-7-*'\n"
                      "(may be given more than once) [all]");
  command->add_option("--owner", key.owner, "Whose requests it can see [its name]");
  command->add_option("--rate", key.rate, "Maximum calls per second [no limit]");
  command->add_option("--days", key.days, "How many days until it expires [never]");
  add_key("list", "list all keys and what they may do", &key_list);
  command = add_key("rotate", "replace a key with a new one; the old one stays valid for a while", &key_rotate);
  add_which(command);
  command->add_option("--overlap-hours", key.overlap_hours, "How many hours the old one stays valid")
      ->capture_default_str();
  add_which(add_key("revoke", "revoke a key: it stops working at once", &key_revoke));
}

void Cli::Impl::install_dashboard(CLI::App& app) {
  CLI::App* const command =
      add(app, "dashboard-link", "create a link that logs a browser in to the dashboard once",
          [this](const AdminApi& api, const CliEnvironment& env) { dashboard_link(api, key.json, env.out); });
  command->add_flag("--json", key.json, "Print the gateway's answer as JSON, for programs");
}

void Cli::Impl::install_requests(CLI::App& app) {
  CLI::App& group = *app.add_subcommand("requests", "look up requests and their outcomes");
  group.require_subcommand(1);
  const auto add_request = [&](const std::string& name, const std::string& meaning,
                               void (*action)(const AdminApi&, const RequestArguments&, std::ostream&)) {
    CLI::App* const command =
        add(group, name, meaning,
            [this, action](const AdminApi& api, const CliEnvironment& env) { action(api, request, env.out); });
    command->add_flag("--json", request.json, "Print JSON, one object per line, for programs");
    return command;
  };
  const auto add_filters = [&](CLI::App* command) {
    command->add_option("--kiosk", request.kiosk, "Only requests to this kiosk");
    command->add_option("--operation", request.operation, "Only this operation: payment, fiscal, ...");
    command->add_option("--order", request.order, "Only this order");
    command->add_option("--state", request.state, "Only requests in this state")
        ->check(CLI::IsMember({"accepted", "dispatched", "answered", "timed_out", "rejected", "cancelled"}));
    command
        ->add_option("--outcome", request.outcome, "Only requests with this outcome; unknown: check the kiosk")
        ->check(CLI::IsMember({"known", "unknown", "not_executed"}));
    command->add_option("--result", request.result, "Only requests whose answer says this")
        ->check(CLI::IsMember({"success", "declined", "failed", "error", "unknown", "unclassified"}));
    command->add_flag("--unclaimed", request.unclaimed,
                      "Only answers that their callers may not have received");
  };
  CLI::App* command = add_request("list", "list the latest requests, newest first", &requests_list);
  add_filters(command);
  command->add_option("--limit", request.limit, "How many to list")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command = add_request("show", "show everything about one request", &requests_show);
  command->add_option("ID", request.id, "The request's id")->required();
  command =
      add_request("ack", "confirm that the caller knows an answer that it may have missed", &requests_ack);
  command->footer(
      "Make sure first that the backend has it. Backends confirm with POST /requests/{request_id}/ack.");
  command->add_option("ID", request.id, "The request's id")->required();
  command->add_option("--note", request.note, "How you know, for those who look it up later");
  command = add_request("resolve", "say what became of a request whose outcome is unknown", &requests_resolve);
  command->footer(
      "Find out first: look at the terminal, or at the bank's list of payments. What you say stands.");
  command->add_option("ID", request.id, "The request's id")->required();
  command
      ->add_option("RESULT", request.resolution,
                   "done: it was executed, the money was taken; not_done: it was not")
      ->required()
      ->check(CLI::IsMember({"done", "not_done"}));
  command->add_option("--note", request.note, "How you know, for those who look it up later");
  add_filters(add_request("follow", "show requests as they arrive, until Ctrl-C", &requests_follow));
}

void Cli::Impl::install_callbacks(CLI::App& app) {
  using Run = void (*)(const AdminApi&, const CallbackArguments&, std::ostream&);
  const auto add_to = [&](CLI::App& group, const std::string& name, const std::string& meaning, Run action) {
    CLI::App* const command =
        add(group, name, meaning,
            [this, action](const AdminApi& api, const CliEnvironment& env) { action(api, callback, env.out); });
    command->add_flag("--json", callback.json, "Print the gateway's answer as JSON, for programs");
    return command;
  };
  CLI::App& group = *app.add_subcommand("callback", "what is posted to backends, and what became of it");
  group.require_subcommand(1);
  CLI::App* command = add_to(group, "list", "list callbacks, the oldest first", &callback_list);
  command->add_option("--state", callback.state, "Only callbacks in this state; dead and gone: dead letters")
      ->check(CLI::IsMember({"owed", "delivered", "dead", "gone"}));
  command->add_option("--request", callback.request, "Only callbacks of this request");
  command->add_option("--limit", callback.limit, "How many to list")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command = add_to(group, "replay", "send dead letters again", &callback_replay);
  command->add_option("ID", callback.id, "The one of this id, or those of the request with this id");
  command->add_option("--since", callback.since, "All since this time, for example 2026-11-22T00:00:00Z");

  CLI::App& secrets = *app.add_subcommand("webhook-secret", "make and replace what callbacks are signed with");
  secrets.require_subcommand(1);
  const auto add_owner = [&](CLI::App* one) {
    one->add_option("OWNER", callback.owner, "The owner of the keys whose requests have callbacks")->required();
  };
  add_owner(add_to(secrets, "make", "make a secret and print it; the one before it stays valid for a day",
                   &webhook_secret_make));
  add_to(secrets, "list", "list the owners that have one", &webhook_secret_list);
  add_owner(add_to(secrets, "end-previous", "end the one before it at once: it has leaked",
                   &webhook_secret_end_previous));
  add_owner(
      add_to(secrets, "remove", "remove both: callbacks are refused from now on", &webhook_secret_remove));
}

void Cli::Impl::install_moving(CLI::App& app) {
  CLI::App* command = add(app, "import", "import kiosks from the older service, or a file made by `export`",
                          [this](const AdminApi& api, const CliEnvironment& env) {
                            moving.redis_ca_file = env.redis_ca_file;
                            import_state(api, moving, env.out);
                          });
  command
      ->add_option(
          "FROM", moving.place,
          "The older service's Redis (redis://user:password@host:6379/0, rediss://, redis+sentinel://),\n"
          "or a file made by `export`")
      ->required();
  command->add_flag("--dry-run", moving.dry_run, "Change nothing, only report what would be done");
  command->add_flag("--json", moving.json, "Print the report as JSON, for programs");
  command = add(
      app, "export", "write kiosks, keys and finished requests to a file, to move to another gateway",
      [this](const AdminApi& api, const CliEnvironment& env) { export_state(api, moving, env.out, env.err); });
  command->footer("Stop the traffic first: requests that arrive after the export are not in it.");
  command
      ->add_option("FILE", moving.place,
                   "The file to write; only you will be able to read it. - writes to standard output")
      ->required();
  command->add_flag("--force", moving.force, "Overwrite the file if it exists");
  command->add_flag("--json", moving.json, "Print the numbers as JSON, for programs");
}

Cli::Cli() : impl_(std::make_unique<Impl>()) {}
Cli::~Cli() = default;

void Cli::install(CLI::App& app) {
  impl_->install_kiosk(app);
  impl_->install_send(app);
  impl_->install_keys(app);
  impl_->install_dashboard(app);
  impl_->install_requests(app);
  impl_->install_callbacks(app);
  impl_->install_moving(app);
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
        throw CommandFailed("The output could not be written, but the command itself was carried out.");
      return 0;
    }
  } catch (const OutcomeUnknown& unknown) {
    environment.out.flush();
    environment.err << unknown.what() << "\n";
    return 3;
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
    return exit_of(app, {argv + 1, argv + argc}, error, environment.out, environment.err);
  }
  return cli.run(environment);
}

}  // namespace kgw
