// Reload: handles SIGHUP. Reads the settings again on its own thread (a disk may be slow), then, on the loop,
// applies those that may change at run time and logs in one line what changed and what needs a restart. With
// any fault, everything stays as it is. Loop thread only, except for the reading.
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

// The differences between the settings in use and those just read, as lists for people: "LOG_LEVEL: INFO ->
// DEBUG, PORT: 8000 -> 8001"; of a secret only the name. Empty if there are none.
struct SettingsChange {
  std::string changed;        // live settings, in use from now on
  std::string needs_restart;  // the old ones are still in use
};
SettingsChange compare_settings(const std::vector<SettingValue>& in_use, const std::vector<SettingValue>& read);

class Reload {
 public:
  using Read = std::function<LoadedConfig()>;

  // `read` runs on another thread, one call at a time.
  Reload(std::vector<SettingValue> in_use, Read read, Loop& loop, Log& log);
  ~Reload();  // waits for a read in progress
  Reload(const Reload&) = delete;

  // Called with the new settings after each read without a fault, on the loop.
  void add_applied(std::function<void(const Config&)> applied) { applied_.push_back(std::move(applied)); }
  const std::vector<SettingValue>& in_use() const { return in_use_; }
  void start();  // on SIGHUP; during a read, schedules one more after it
  void poll();   // on each wake-up of the loop

 private:
  void launch();
  void finish(const LoadedConfig& read);
  void apply(const LoadedConfig& read);

  std::vector<SettingValue> in_use_;
  const Read read_;
  Loop& loop_;
  Log& log_;
  std::vector<std::function<void(const Config&)>> applied_;
  bool running_ = false;
  bool once_more_ = false;
  std::mutex mutex_;
  std::optional<LoadedConfig> done_;  // under mutex_
  std::jthread reader_;
};

}  // namespace kgw
