// Config: all settings (PROTOCOL.md 6), parsed and checked once, before anything starts. Flags win over
// environment over
// `.env`. One table in config.cpp is the only place that knows a setting's name, form and meaning.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.hpp"
#include "wire/jwt.hpp"

namespace kgw {

struct Config {
  std::uint16_t port = 8000;
  std::string host = "::";
  std::string data_dir = "./data";
  std::string node_id;
  LogLevel log_level = LogLevel::info;

  std::string jwt_secret;  // empty: made once and kept in DATA_DIR
  std::vector<std::string> jwt_secret_previous;
  JwtAlgorithm jwt_algorithm = JwtAlgorithm::hs256;
  std::chrono::days jwt_lifetime{365};
  std::string admin_api_key;  // empty: made once and kept in DATA_DIR
  std::string metrics_token;  // empty: none

  std::chrono::seconds timeout{45};
  std::chrono::seconds timeout_max{300};
  std::uint32_t max_in_flight = 32;
  bool allow_duplicates = false;
  bool allow_unauthenticated_send = false;
  bool legacy_http_status = false;
  bool trust_proxy = false;
  std::chrono::seconds drain_timeout{50};

  bool journal_strict = true;
  std::chrono::seconds journal_retention{30 * 24 * 3600};
  std::chrono::seconds journal_keep_bodies{24 * 3600};
  std::uint64_t journal_bytes_max = 0;  // 0: no limit

  // For the CLI.
  std::string gateway_url;
  std::string gateway_key;
};

struct ConfigFault {
  std::string name;
  std::string text;  // a sentence: the value and what is allowed
};

struct LoadedConfig {
  Config config;
  std::vector<ConfigFault> faults;  // all at once; any one stops the start
  std::vector<std::string> warnings;
};

// One line of --help: a setting's name, its default, what it means.
struct SettingInfo {
  std::string_view name;
  std::string_view standard;
  std::string_view meaning;
};
std::vector<SettingInfo> settings();

// `environment` gives a variable's value or nullopt. `dotenv`: the text of `.env`, if there is one. `flags`: by
// variable name ("PORT"). `read_file` serves NAME_FILE.
LoadedConfig load_config(const std::function<std::optional<std::string>(const std::string&)>& environment,
                         std::string_view dotenv, const std::map<std::string, std::string>& flags,
                         const std::function<std::optional<std::string>(const std::string&)>& read_file);

// One message with every fault, for stderr.
std::string describe(const std::vector<ConfigFault>& faults);

}  // namespace kgw
