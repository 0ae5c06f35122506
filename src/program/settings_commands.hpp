// Settings on the command line: a flag for each, check-config, import-env, serve --print-config, and the texts
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
  // Requires `app` and `serve` to outlive this.
  void install(CLI::App& app, CLI::App& serve);
  // Loads the settings from flags, environment and `.env`.
  LoadedConfig load() const;
  // By variable name; for loading the settings again.
  const std::map<std::string, std::string>& flags() const { return flags_; }

  // Returns the exit code if one of these commands was given, else nullopt.
  std::optional<int> run(const LoadedConfig& loaded) const;

 private:
  int print_texts() const;
  int print_imported() const;

  std::map<std::string, std::string> flags_;
  CLI::App* check_ = nullptr;
  CLI::App* texts_ = nullptr;
  CLI::App* import_ = nullptr;
  std::string import_file_;
  bool print_config_ = false;
  bool markdown_ = false;
  bool env_ = false;
};

// Returns true if there is no fault; else prints all of them on stderr, with the warnings, which often
// explain them.
bool accept_settings(const LoadedConfig& loaded);

// Returns the key that commands use: GATEWAY_KEY, else ADMIN_API_KEY, else the one generated in DATA_DIR,
// else the demo's (if DATA_DIR is the default); "" if there is none.
std::string command_key(const Config& config);

}  // namespace kgw
