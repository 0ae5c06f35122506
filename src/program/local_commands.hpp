// The commands that look after a gateway on its own machine, by its settings rather than through its admin API:
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
  // `app` outlives this.
  void install(CLI::App& app);
  // The exit code of one of these, when one was asked for. The doctor also looks at settings that are wrong.
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
