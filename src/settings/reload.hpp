// Reload: what SIGHUP does. Reads the settings again on a thread of its own (a disk may be slow), then, on the
// loop, changes those that may change while the gateway runs and says in one log line what changed and what
// waits for a restart. With any fault everything stays as it is. Loop thread, but for the reading.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/loop.hpp"
#include "settings/config.hpp"

namespace kgw {

// What differs between the settings that are in use and those that were read, as a list for people: "LOG_LEVEL:
// INFO -> DEBUG, PORT: 8000 -> 8001"; of a secret only its name. Empty: nothing.
struct SettingsChange {
  std::string changed;        // in use from now on
  std::string needs_restart;  // still the old ones
};
SettingsChange compare_settings(const std::vector<SettingValue>& in_use, const std::vector<SettingValue>& read);

class Reload {
 public:
  using Read = std::function<LoadedConfig()>;

  // `read` runs on another thread, and only one at a time.
  Reload(std::vector<SettingValue> in_use, Read read, Loop& loop, Log& log);
  ~Reload();  // waits for a reading that is under way
  Reload(const Reload&) = delete;

  // Hears of settings that may change while the gateway runs, after each reading without a fault.
  void set_applied(std::function<void(const Config&)> applied) { applied_ = std::move(applied); }
  const std::vector<SettingValue>& in_use() const { return in_use_; }
  void start();  // SIGHUP. While a reading is under way: once more after it
  void poll();   // on each wake-up of the loop

 private:
  void launch();
  void finish(const LoadedConfig& read);
  void apply(const LoadedConfig& read);

  std::vector<SettingValue> in_use_;
  const Read read_;
  Loop& loop_;
  Log& log_;
  std::function<void(const Config&)> applied_;
  bool running_ = false;
  bool once_more_ = false;
  std::mutex mutex_;
  std::optional<LoadedConfig> done_;  // under mutex_
  std::jthread reader_;
};

}  // namespace kgw
