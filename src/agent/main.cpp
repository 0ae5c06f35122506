// kiosk-agent: the kiosk's side. Parses arguments, wires a Link and a Runner together, writes log lines; on
// SIGTERM running calls finish first. Exit codes: 0 ended, 1 failure, 2 usage, 78 configuration (EX_CONFIG of
// sysexits.h).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "agent/agent_loop.hpp"
#include "agent/gateway_url.hpp"
#include "agent/link.hpp"
#include "agent/routes.hpp"
#include "agent/runner.hpp"
#include "base/limits.hpp"
#include "log/log.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

struct Arguments {
  std::string gateway = "ws://127.0.0.1:8000/ws";
  std::string token_file;
  std::vector<std::string> routes;
  unsigned timeout_s = 60;
};

// Returns the token without white space around it. Error: one sentence.
Result<std::string> read_token(const std::string& file) {
  std::string token;
  if (file.empty()) {
    const char* const from_environment = std::getenv("KIOSK_TOKEN");
    token = from_environment == nullptr ? "" : from_environment;
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

class Agent {
 public:
  Agent(const Arguments& arguments, GatewayUrl gateway, Routes routes, std::string token)
      : routes_(std::move(routes)),
        timeout_(std::chrono::seconds(arguments.timeout_s)),
        log_(clock_, {.human = isatty(STDOUT_FILENO) != 0}),
        http_([this] { loop_.post([this] { http_.poll(); }); }),
        runner_(http_, routes_, clock_, {.timeout = timeout_},
                {.answer = [this](std::string_view id, std::string answer) { send(id, std::move(answer)); },
                 .report = [this](const RunnerReport& report) { on_report(report); }}),
        link_(loop_, link_settings(arguments, std::move(gateway), std::move(token)),
              {.up =
                   [this] {
                     say(LogLevel::info, "gateway_connected", {{"kiosk_id", kiosk_}});
                   },
               .down = [this](const LinkDown& down) { on_down(down); },
               .text = [this](std::string_view text) { runner_.on_text(text); }}) {}

  void run() {
    loop_.on_signals([this](int) { stop(); });
    link_.start();
    loop_.run();
  }

 private:
  Link::Settings link_settings(const Arguments& arguments, GatewayUrl gateway, std::string token) {
    if (const auto claims = read_claims_unverified(token)) kiosk_ = claims->kiosk_id;
    say(LogLevel::info, "agent_started",
        {{"version", KGW_VERSION},
         {"kiosk_id", kiosk_},
         {"gateway", gateway.shown()},
         {"routes", routes_.operations()}});
    Link::Settings settings;
    settings.gateway = std::move(gateway);
    // A file is read again for each attempt: a new token is used without a restart.
    settings.token = [file = arguments.token_file, last = std::move(token)]() mutable {
      if (auto fresh = read_token(file)) last = *std::move(fresh);
      return last;
    };
    return settings;
  }

  void say(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    log_.write(level, event, fields);
    log_.flush();
  }

  void on_down(const LinkDown& down) {
    const std::string_view event = down.was_up             ? "gateway_lost"
                                   : down.http_status != 0 ? "gateway_refused"
                                                           : "gateway_unreachable";
    say(LogLevel::warning, event,
        {{"kiosk_id", kiosk_}, {"reason", down.reason}, {"retry_ms", std::int64_t{down.retry_after.count()}}});
  }

  void on_report(const RunnerReport& report) {
    if (report.kind == RunnerReport::Kind::finished) {
      say(report.result == "answered" ? LogLevel::info : LogLevel::warning, "request_finished",
          {{"request_id", report.request_id},
           {"kiosk_id", kiosk_},
           {"operation", report.operation},
           {"result", report.result},
           {"duration_ms", std::int64_t{report.took.count()}}});
    } else if (report.kind == RunnerReport::Kind::repeated) {
      say(LogLevel::warning, "request_repeated",
          {{"request_id", report.request_id}, {"kiosk_id", kiosk_}, {"operation", report.operation}});
    } else {
      log_.write(LogLevel::debug, "message_ignored", {{"kiosk_id", kiosk_}});
    }
  }

  void send(std::string_view request_id, std::string answer) {
    if (!link_.send(std::move(answer)))
      say(LogLevel::error, "answer_lost",
          {{"request_id", request_id},
           {"kiosk_id", kiosk_},
           {"reason", "too many answers are waiting for the gateway"}});
    if (stopping_ && runner_.unfinished() == 0) close();
  }

  // The first signal waits for running calls (they end within their own timeout), the second one does not.
  void stop() {
    if (std::exchange(stopping_, true)) return loop_.stop();
    say(LogLevel::info, "stopping", {{"running", static_cast<std::int64_t>(runner_.unfinished())}});
    runner_.stop_accepting();
    if (runner_.unfinished() == 0) return close();
    loop_.after(timeout_ + std::chrono::seconds(1), [this] { close(); });
  }

  void close() {
    if (std::exchange(closing_, true)) return;
    link_.close([this] {
      say(LogLevel::info, "stopped", {{"answers_unsent", static_cast<std::int64_t>(link_.unsent())}});
      loop_.stop();
    });
  }

  const Routes routes_;
  const Milliseconds timeout_;
  const SystemClock clock_;
  Log log_;
  std::string kiosk_ = "unknown";
  bool stopping_ = false, closing_ = false;
  AgentLoop loop_;
  HttpClient http_;
  Runner runner_;
  Link link_;
};

int run_agent(const Arguments& arguments) {
  const auto usage = [](const std::string& message) {
    std::cerr << message << "\nTry kiosk-agent --help.\n";
    return kExitUsage;
  };
  auto gateway = parse_gateway_url(arguments.gateway);
  if (!gateway) return usage(gateway.error().message);
  Routes routes;
  for (const std::string& route : arguments.routes)
    if (const auto added = routes.add(route); !added) return usage(added.error().message);
  auto token = read_token(arguments.token_file);
  if (!token) {
    std::cerr << token.error().message << "\n";
    return kExitConfiguration;
  }
  Agent(arguments, *std::move(gateway), std::move(routes), *std::move(token)).run();
  return 0;
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
      ->capture_default_str();
  app.add_option("--token-file", arguments.token_file,
                 "File with this kiosk's token; without it, KIOSK_TOKEN from the environment is used");
  app.add_option("--route", arguments.routes,
                 "OPERATION=URL: the local service for an operation; give one for each operation")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--timeout", arguments.timeout_s, "How many seconds to wait for a local service")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.set_version_flag("--version", "kiosk-agent " KGW_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  return run_agent(arguments);
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
