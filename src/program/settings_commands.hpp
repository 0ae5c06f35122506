// The command line's part about settings: a flag for each, check-config, serve --print-config, and the texts
// that tools/docs puts into README.md and .env.example.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "settings/config.hpp"

namespace CLI {
class App;
}

namespace kgw {

class SettingsCommands {
 public:
  // `app` and `serve` outlive this.
  void install(CLI::App& app, CLI::App& serve);
  // The settings as flags, environment and `.env` have them.
  LoadedConfig load() const;
  // By variable name; for reading them again.
  const std::map<std::string, std::string>& flags() const { return flags_; }

  // The exit code of one of these commands, when one was asked for.
  std::optional<int> run(const LoadedConfig& loaded) const;

 private:
  int print_texts() const;

  std::map<std::string, std::string> flags_;
  CLI::App* check_ = nullptr;
  CLI::App* texts_ = nullptr;
  bool print_config_ = false;
  bool markdown_ = false;
  bool env_ = false;
};

// True when there is no fault; else all of them are on stderr, and the warnings too, which often say why.
bool accept_settings(const LoadedConfig& loaded);

// What the commands show a gateway: GATEWAY_KEY, else ADMIN_API_KEY, else the key that it made in DATA_DIR;
// where neither says anything, the demo's.
std::string command_key(const Config& config);

}  // namespace kgw
