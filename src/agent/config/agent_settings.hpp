// AgentSettings: what a kiosk's agent is started with, by the names that older clients use. A flag overrides
// the environment, which overrides `.env`, which overrides /etc/kiosk-agent/agent.env; an empty value is unset,
// so the next source applies. All faults are reported together, and none shows a secret. load_agent_settings is
// pure; agent_sources reads the outside world.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/gateway_url.hpp"
#include "agent/proxy_talk.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "env/dotenv.hpp"
#include "env/read_file.hpp"
#include "log/log.hpp"

namespace kgw {

inline constexpr std::string_view kAgentEnvFile = "/etc/kiosk-agent/agent.env";
inline constexpr std::size_t kGatewaysMax = 8;

struct AgentSettings {
  std::vector<GatewayUrl> gateways;          // in order, at least one
  std::optional<ProxyUrl> proxy;             // the way to all of them
  std::string token;                         // from WS_TOKEN or KIOSK_TOKEN; not checked
  std::string token_file;                    // counts more than `token`; empty: none
  std::string routes_file, outbox, ca_file;  // empty: none
  Milliseconds local_timeout{60'000};
  Milliseconds reconnect_max{60'000};
  LogLevel log_level = LogLevel::info;
  std::optional<std::uint16_t> health_port = 9091;  // 0: any that is free; nullopt: no health page
};

struct AgentSetting {
  std::string_view name;      // of the variable
  std::string_view flag;      // empty: it has none
  std::string_view standard;  // empty: none
  std::string_view meaning;
};
// All of them, sorted as --help shows them.
const std::vector<AgentSetting>& agent_setting_table();

struct AgentSources {
  std::map<std::string, std::string> flags;  // by the variable's name
  LookUp environment;
  struct File {
    std::string name;
    std::string text;
  };
  std::vector<File> files;          // `.env` files, the one that counts most first
  std::vector<std::string> faults;  // of files that can't be read
};

struct LoadedAgentSettings {
  struct Value {
    std::string_view name;
    std::string shown;  // no secret
    std::string source;
  };
  AgentSettings settings;           // of no use when there are faults
  std::vector<std::string> faults;  // sentences
  std::vector<std::string> warnings;
  std::vector<Value> values;  // those that are set, the standard ones among them
};
LoadedAgentSettings load_agent_settings(const AgentSources& sources);

// Of this process: its environment, `.env` in the working directory, and kAgentEnvFile.
AgentSources agent_sources(std::map<std::string, std::string> flags);

// Returns the token, from the file if there is one, without white space around it. Error: one sentence without
// the token. `reading`: `again` on a running loop, where a pipe must not be waited for.
Result<std::string> read_agent_token(const AgentSettings& settings, Reading reading = Reading::at_start);

}  // namespace kgw
