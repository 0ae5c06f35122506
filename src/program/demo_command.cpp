#include "program/demo_command.hpp"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "gateway/gateway.hpp"
#include "program/welcome.hpp"
#include "settings/settings.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTitle = "Demo kiosk";
constexpr const char* kMark = "demo";  // a file in DATA_DIR: the state in it is a demo's

// Replaces a default; the operator's own value stays.
void set_standard(LoadedConfig& loaded, std::string_view name, std::string_view text) {
  for (SettingValue& value : loaded.values) {
    if (value.name != name || value.source != "default") continue;
    value.text = text;
    value.source = "the demo's default";
    find_setting(name)->take(text, loaded.config);
  }
}

// Marks the folder as a demo's; returns why the demo can't keep its state there, or "".
std::string take_folder(const fs::path& dir) {
  std::error_code error;
  const fs::path mark = dir / kMark;
  if (fs::exists(mark, error)) return "";
  if (fs::exists(dir / "gateway.db", error))
    return "DATA_DIR (" + dir.string() +
           ") holds the state of a real gateway, and demo kiosks must not be mixed with real ones. Give the "
           "demo its own folder: kiosk-gateway demo --data-dir " +
           std::string(kDemoDataDir);
  fs::create_directories(dir, error);
  std::ofstream(mark) << "The state in this folder was made by `kiosk-gateway demo`.\n";
  return fs::exists(mark, error) ? ""
                                 : "DATA_DIR (" + dir.string() +
                                       ") can't be written to. Check its owner and permissions, or give "
                                       "another folder: kiosk-gateway demo --data-dir FOLDER";
}

std::string kiosk_name(int number) {
  char text[32];
  std::snprintf(text, sizeof text, "kiosk_%03d", number);
  return text;
}

// Gives each demo kiosk a token, then starts them. Used on the gateway's loop.
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
    options.gateway_ws_url = gateway_.url("ws") + "/ws";
    options.kiosks = tokens_;
    options.faults = command_.faults;
    const std::string url = gateway_.url("http");
    // The command to copy is for other machines too, and must keep working when keys are created: it has its
    // own key.
    KeyRecord record;
    record.name = record.owner = "demo";
    record.scopes = bit(Scope::send);
    const std::string key = gateway_.lend_key(std::move(record)).text;
    const std::string welcome = demo_welcome(
        {command_.program, url, gateway_.lend_dashboard_link(), key, command_.kiosks, command_.faults},
        config_);
    demo_.emplace(std::move(options), [this, welcome](const std::string& event, const std::string&) {
      if (event == "connected" && ++connected_ == command_.kiosks) std::cout << welcome << std::flush;
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

LoadedConfig demo_settings(LoadedConfig loaded) {
  set_standard(loaded, "DATA_DIR", kDemoDataDir);
  set_standard(loaded, "ALLOW_UNAUTHENTICATED_SEND", "loopback");
  if (loaded.config.redis_url.empty()) return loaded;
  loaded.config.redis_url.clear();
  loaded.warnings.emplace_back("The demo does not use REDIS_URL: its state is in " + loaded.config.data_dir +
                               ".");
  return loaded;
}

int run_demo(const LoadedConfig& given, std::function<LoadedConfig()> read_again, const DemoCommand& command) {
  const LoadedConfig loaded = demo_settings(given);
  if (const std::string why = take_folder(loaded.config.data_dir); !why.empty()) {
    std::cerr << "kiosk-gateway: " << why << "\n";
    return 1;
  }
  auto gateway = Gateway::open(loaded, [again = std::move(read_again)] { return demo_settings(again()); });
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
