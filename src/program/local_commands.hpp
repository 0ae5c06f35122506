// Commands that maintain a gateway on its own machine, using its settings instead of its admin API:
// healthcheck, doctor, backup, restore, compact.
#pragma once

#include <optional>
#include <string>

#include "settings/config.hpp"

namespace CLI {
class App;
}

namespace kgw {

class LocalCommands {
 public:
  // Requires `app` to outlive this.
  void install(CLI::App& app);
  // Returns the exit code if one of these commands was given, else nullopt. The doctor runs even with invalid
  // settings.
  std::optional<int> run(const LoadedConfig& loaded) const;

 private:
  int run_doctor(const LoadedConfig& loaded) const;
  int run_on_state(const Config& config) const;

  CLI::App* healthcheck_ = nullptr;
  CLI::App* doctor_ = nullptr;
  CLI::App* backup_ = nullptr;
  CLI::App* compact_ = nullptr;
  CLI::App* restore_ = nullptr;
  std::string file_;
  bool json_ = false;
  bool force_ = false;
};

}  // namespace kgw
