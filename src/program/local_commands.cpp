#include "program/local_commands.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/admin_api.hpp"
#include "cli/healthcheck.hpp"
#include "program/settings_commands.hpp"
#include "upkeep/backup.hpp"
#include "upkeep/compact.hpp"
#include "upkeep/doctor.hpp"

namespace kgw {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitConfiguration = 78;

void add_settings(const LoadedConfig& loaded, std::vector<Finding>& findings) {
  for (const ConfigFault& fault : loaded.faults)
    findings.push_back({"settings", Verdict::bad, fault.name + ": " + fault.text,
                        "the gateway can't start until this is corrected; the checks below use the default"});
  for (const std::string& warning : loaded.warnings)
    findings.push_back({"settings", Verdict::warn, warning, ""});
  if (findings.empty()) findings.push_back({"settings", Verdict::ok, "valid", ""});
}

}  // namespace

void LocalCommands::install(CLI::App& app) {
  healthcheck_ = app.add_subcommand("healthcheck", "check whether the gateway accepts requests; needs no key");
  healthcheck_->footer(
      "Exit status 0: it does; 1: it does not, or can't be reached. Set GATEWAY_URL to its address.");
  doctor_ = app.add_subcommand("doctor", "check this machine for problems and say what to do about them");
  doctor_->add_flag("--json", json_, "Print one JSON object, for programs");
  doctor_->footer(
      "Changes nothing and can run while the gateway is running. Exit status 1: there is a problem.");
  backup_ = app.add_subcommand("backup", "copy the gateway's state into one file, even while it is running");
  backup_->add_option("FILE", file_, "The file to write; it contains the secrets too")->required();
  restore_ = app.add_subcommand("restore", "restore a backup into DATA_DIR; stop the gateway first");
  restore_->add_option("FILE", file_, "A file made by backup")->required();
  compact_ =
      app.add_subcommand("compact", "return the journal's unused space to the disk; stop the gateway first");
  compact_->footer(
      "Rewrites DATA_DIR/gateway.db, which needs free space for a second copy. A journal from before version "
      "0.2 then returns unused space by itself. If interrupted, the journal is left unchanged.");
  restore_->add_flag("--force", force_, "Move any existing state aside, into a directory in DATA_DIR");
}

std::optional<int> LocalCommands::run(const LoadedConfig& loaded) const {
  if (*doctor_) return run_doctor(loaded);
  if (!*healthcheck_ && !*backup_ && !*restore_ && !*compact_) return std::nullopt;
  if (!accept_settings(loaded)) return kExitConfiguration;
  if (*healthcheck_) return healthcheck(loaded.config.gateway_url, std::cout);
  return run_on_state(loaded.config);
}

int LocalCommands::run_doctor(const LoadedConfig& loaded) const {
  const Config& config = loaded.config;
  std::vector<Finding> findings;
  add_settings(loaded, findings);
  const std::vector<Finding> more = examine({.host = config.host,
                                             .port = config.port,
                                             .gateway_url = config.gateway_url,
                                             .key = command_key(config),
                                             .data_dir = config.data_dir,
                                             .redis_url = config.redis_url,
                                             .redis_ca_file = config.redis_ca_file,
                                             .redis_wait_replicas = config.redis_wait_replicas},
                                            SystemClock());
  findings.insert(findings.end(), more.begin(), more.end());
  return print_findings(findings, json_, std::cout);
}

int LocalCommands::run_on_state(const Config& config) const {
  try {
    if (!config.redis_url.empty() && *compact_)
      throw CommandFailed(
          "With REDIS_URL the state is in Redis, not in DATA_DIR, and Redis frees memory by itself.");
    if (!config.redis_url.empty())
      throw CommandFailed(
          "With REDIS_URL the state is in Redis, not in DATA_DIR: back up Redis (its AOF or RDB file), or use "
          "`kiosk-gateway export FILE` and `kiosk-gateway import FILE`.");
    const WallTime now = SystemClock().now().wall;
    if (*compact_) compact(config.data_dir, std::cout);
    else if (*backup_)
      back_up(config.data_dir, file_, AdminApi(config.gateway_url, command_key(config)), now, std::cout);
    else restore(file_, config.data_dir, force_, now, std::cout);
    return 0;
  } catch (const CommandFailed& failed) {
    std::cerr << failed.what() << "\n";
    return kExitFailure;
  }
}

}  // namespace kgw
