#include "agent/config/agent_settings.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.hpp"
#include "base/shown_url.hpp"

namespace kgw {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

// Returns nullopt unless the whole text is a number in [low, high].
std::optional<unsigned> number(std::string_view text, unsigned low, unsigned high) {
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return std::nullopt;
  return value;
}

struct Given {
  std::string value;
  std::string source;
};

class Loader {
 public:
  explicit Loader(const AgentSources& sources) : sources_(sources) {
    out_.faults = sources.faults;
    for (const AgentSources::File& file : sources.files) {
      files_.push_back(parse_dotenv(file.text, sources.environment));
      for (const std::string& text : files_.back().faults) out_.faults.push_back(file.name + ": " + text);
      for (const std::string& text : files_.back().warnings) out_.warnings.push_back(file.name + ": " + text);
    }
  }

  LoadedAgentSettings load() {
    for (const AgentSetting& setting : agent_setting_table()) take(setting);
    return std::move(out_);
  }

 private:
  // From the source that counts most; nullopt: nobody says anything.
  std::optional<Given> find(const std::string& name) {
    if (const auto flag = sources_.flags.find(name); flag != sources_.flags.end() && !flag->second.empty())
      return Given{flag->second, "flag"};
    if (sources_.environment)
      if (auto value = sources_.environment(name); value && !value->empty())
        return Given{*std::move(value), "environment"};
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const auto entry = files_[i].entries.find(name);
      if (entry == files_[i].entries.end() || (entry->second.value.empty() && entry->second.fault.empty()))
        continue;
      if (entry->second.fault.empty()) return Given{entry->second.value, sources_.files[i].name};
      out_.faults.push_back(sources_.files[i].name + ": line " + std::to_string(entry->second.line) + ", " +
                            name + ", " + entry->second.fault);
    }
    return std::nullopt;
  }

  void take(const AgentSetting& setting) {
    auto given = find(std::string(setting.name));
    if (!given && setting.name == "WS_TOKEN") given = find("KIOSK_TOKEN");
    if (!given && !setting.standard.empty()) given = Given{std::string(setting.standard), "default"};
    if (!given) return;
    if (const std::string allowed = set(setting.name, given->value); !allowed.empty())
      out_.faults.push_back(std::string(setting.name) + " (" + given->source + "): " + allowed);
    const bool secret = setting.name == "WS_TOKEN";
    out_.values.push_back({setting.name,
                           secret                            ? "********"
                           : setting.name == "WS_SERVER_URL" ? shown_gateways()
                           : setting.name == "PROXY_URL"     ? shown_url(given->value)
                                                             : given->value,
                           given->source});
  }

  std::string shown_gateways() const {
    std::string list;
    for (const GatewayUrl& gateway : out_.settings.gateways)
      list += (list.empty() ? "" : ", ") + gateway.shown();
    return list;
  }

  // Returns what is wrong, as a sentence; empty: it was taken.
  std::string set(std::string_view name, const std::string& value) {
    AgentSettings& settings = out_.settings;
    const std::pair<std::string_view, std::string*> texts[] = {{"WS_TOKEN", &settings.token},
                                                               {"WS_TOKEN_FILE", &settings.token_file},
                                                               {"ROUTING_CONFIG_PATH", &settings.routes_file},
                                                               {"OUTBOX_PATH", &settings.outbox},
                                                               {"CA_FILE", &settings.ca_file}};
    for (const auto& [text, into] : texts)
      if (text == name) *into = value;
    if (name == "WS_SERVER_URL") return set_gateways(value);
    if (name == "PROXY_URL") {
      auto proxy = parse_proxy_url(value);
      if (!proxy) return proxy.error().message + ".";
      settings.proxy = *std::move(proxy);
    }
    if (name == "LOG_LEVEL") {
      const auto level = parse_log_level(value);
      if (!level) return "Use DEBUG, INFO, WARNING or ERROR.";
      settings.log_level = *level;
    }
    if (name == "HEALTH_CHECK_PORT") {
      const bool off = ascii::lowered(value) == "off";
      const auto port = number(value, 0, 65'535);
      if (!off && !port) return "Use a port from 0 to 65535 (0: any that is free), or off.";
      settings.health_port = off ? std::nullopt : std::optional(static_cast<std::uint16_t>(*port));
    }
    if (name == "LOCAL_TIMEOUT") return set_seconds(value, settings.local_timeout);
    if (name == "RECONNECT_MAX") return set_seconds(value, settings.reconnect_max);
    return {};
  }

  static std::string set_seconds(const std::string& value, Milliseconds& into) {
    const auto seconds = number(value, 1, 3600);
    if (!seconds) return "Use a number of seconds from 1 to 3600.";
    into = std::chrono::seconds(*seconds);
    return {};
  }

  std::string set_gateways(std::string_view list) {
    std::vector<GatewayUrl>& gateways = out_.settings.gateways;
    while (!list.empty()) {
      const std::string_view one = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), one.size() + 1));
      if (trim(one).empty()) continue;
      auto gateway = parse_gateway_url(trim(one));
      if (!gateway) return gateway.error().message + ".";
      if (gateways.size() == kGatewaysMax)
        return "At most " + std::to_string(kGatewaysMax) + " addresses are possible.";
      gateways.push_back(*std::move(gateway));
    }
    return gateways.empty() ? "There is no address in it." : "";
  }

  const AgentSources& sources_;
  std::vector<Dotenv> files_;
  LoadedAgentSettings out_;
};

}  // namespace

const std::vector<AgentSetting>& agent_setting_table() {
  static const std::vector<AgentSetting> table = {
      {"WS_SERVER_URL", "--gateway", "ws://127.0.0.1:8000/ws",
       "The gateway's address, ws:// or wss://; several with commas, in order: the next one is used when one "
       "is "
       "dead"},
      {"WS_TOKEN", "", "", "This kiosk's token (also KIOSK_TOKEN)"},
      {"WS_TOKEN_FILE", "--token-file", "",
       "File with this kiosk's token, read again for each connection; counts more than WS_TOKEN"},
      {"CA_FILE", "--ca-file", "",
       "File of certificate authorities (PEM) that are trusted beside the system's"},
      {"PROXY_URL", "--proxy", "",
       "Proxy for the connection to the gateway: http:// or socks5://, with user:password@ if it wants them"},
      {"ROUTING_CONFIG_PATH", "--routes", "",
       "YAML file with the local service for each operation, read again at SIGHUP; see docs/agent.md"},
      {"LOCAL_TIMEOUT", "--timeout", "60",
       "How many seconds to wait for a local service whose route says nothing else"},
      {"OUTBOX_PATH", "--outbox", "",
       "File that keeps what was asked and what came of it, so that nothing happens twice; default: "
       "kiosk-agent-KIOSK.outbox in the working directory, or in $STATE_DIRECTORY"},
      {"RECONNECT_MAX", "--reconnect-max", "60",
       "How many seconds the wait between two attempts to connect grows to"},
      {"LOG_LEVEL", "--log-level", "INFO", "DEBUG, INFO, WARNING or ERROR"},
      {"HEALTH_CHECK_PORT", "--health-port", "9091",
       "Port of the health page on 127.0.0.1; 0: any that is free; off: none"},
  };
  return table;
}

LoadedAgentSettings load_agent_settings(const AgentSources& sources) { return Loader(sources).load(); }

}  // namespace kgw
