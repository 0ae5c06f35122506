#include "gateway/demo_command.hpp"

#include <atomic>
#include <cstdio>
#include <iostream>
#include <optional>

#include "gateway/gateway.hpp"

namespace kgw {
namespace {

constexpr std::string_view kTitle = "Demo kiosk";

std::string kiosk_name(int number) {
  char text[32];
  std::snprintf(text, sizeof text, "kiosk_%03d", number);
  return text;
}

std::string base_url(const char* scheme, const Config& config, std::uint16_t port) {
  const bool any = config.host == "::" || config.host == "0.0.0.0";
  const std::string host = any                                          ? "127.0.0.1"
                           : config.host.find(':') != std::string::npos ? "[" + config.host + "]"
                                                                        : config.host;
  return std::string(scheme) + "://" + host + ":" + std::to_string(port);
}

void print_welcome(const std::string& url, int kiosks) {
  std::cout << "\n  The gateway runs, and "
            << (kiosks == 1 ? "a demo kiosk is" : std::to_string(kiosks) + " demo kiosks are")
            << " connected. Make a payment from another terminal (it takes a moment, as with a card):\n\n"
            << "  curl -X POST " << url << "/send \\\n"
            << "    -H 'Header-Kiosk-Id: kiosk_001' -H 'Header-Operation-Type: payment' \\\n"
            << "    -H 'Header-Http-Method: POST' -H 'Content-Type: application/json' \\\n"
            << "    -d '{\"order_id\":12345,\"sum\":1000}'\n\n"
            << "  Ctrl-C ends it all.\n\n"
            << std::flush;
}

// Gives each demo kiosk a token, then starts them. Lives on the gateway's loop.
class DemoKiosks {
 public:
  DemoKiosks(Gateway& gateway, const Config& config, const DemoCommand& command)
      : gateway_(gateway), config_(config), command_(command) {}

  void start() {
    for (int i = 1; i <= command_.kiosks; ++i) {
      const std::string id = kiosk_name(i);
      gateway_.kiosks().ensure(id, kTitle, [this, id](const Result<IssuedToken>& issued) {
        if (!issued) return fail(id + ": " + issued.error().message);
        tokens_.emplace_back(id, issued->token);
        if (static_cast<int>(tokens_.size()) == command_.kiosks) connect();
      });
    }
  }
  bool failed() const { return failed_; }

 private:
  void fail(const std::string& why) {
    if (std::exchange(failed_, true)) return;
    std::cerr << "kiosk-gateway: " << why << "\n";
    gateway_.stop();
  }
  void connect() {
    DemoOptions options;
    options.gateway_ws_url = base_url("ws", config_, gateway_.port()) + "/ws";
    options.kiosks = tokens_;
    options.faults = command_.faults;
    const std::string url = base_url("http", config_, gateway_.port());
    demo_.emplace(std::move(options), [this, url](const std::string& event, const std::string&) {
      if (event == "connected" && ++connected_ == command_.kiosks) print_welcome(url, command_.kiosks);
    });
  }

  Gateway& gateway_;
  const Config& config_;
  const DemoCommand& command_;
  std::vector<std::pair<std::string, std::string>> tokens_;
  std::atomic<int> connected_ = 0;  // counted on the demo's thread
  bool failed_ = false;
  std::optional<Demo> demo_;
};

}  // namespace

int run_demo(const LoadedConfig& loaded, std::function<LoadedConfig()> read_again, const DemoCommand& command) {
  auto gateway = Gateway::open(loaded, std::move(read_again));
  if (!gateway) {
    std::cerr << "kiosk-gateway: " << gateway.error().message << "\n";
    return 1;
  }
  DemoKiosks kiosks(**gateway, loaded.config, command);
  kiosks.start();
  const int code = (*gateway)->run();
  return kiosks.failed() ? 1 : code;
}

}  // namespace kgw
