#include "settings/import_env.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "env/dotenv.hpp"
#include "settings/older_names.hpp"
#include "settings/settings.hpp"

namespace kgw {
namespace {

constexpr std::string_view kRedisUrl = "REDIS_URL";
constexpr std::string_view kUnreserved = "-._~";  // RFC 3986, 2.3

// So that parse_dotenv reads it back as it is.
std::string as_written(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return ascii::is_alnum(c) || std::string_view("-_.,:/@+%=*").find(c) != std::string_view::npos;
  });
  if (plain) return std::string(value);
  if (value.find('\'') == std::string_view::npos) return "'" + std::string(value) + "'";
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out + "\"";
}

class Importing {
 public:
  explicit Importing(std::string_view text) : dotenv_(parse_dotenv(text)) {}

  ImportedEnv run() {
    out_.faults = dotenv_.faults;
    for (const auto& [name, entry] : dotenv_.entries)
      if (!entry.fault.empty())
        out_.faults.push_back("line " + std::to_string(entry.line) + " (" + name + ") " + entry.fault);
    take_ours();
    join_redis();
    take_older();
    write();
    advise();
    return std::move(out_);
  }

 private:
  std::optional<std::string> value_of(std::string_view name) const {
    const auto found = dotenv_.entries.find(std::string(name));
    if (found == dotenv_.entries.end() || !found->second.fault.empty() || found->second.value.empty())
      return std::nullopt;
    return found->second.value;
  }

  void note(std::string text) { out_.notes.push_back(std::move(text)); }

  void take_ours() {
    for (const auto& [name, entry] : dotenv_.entries) {
      if (is_setting_name(name)) {
        if (const auto value = value_of(name)) taken_[name] = *value;
      } else if (find_older_name(name) == nullptr) {
        note("line " + std::to_string(entry.line) +
             " was left out: it sets nothing here. 'kiosk-gateway --help' lists the settings.");
      }
    }
  }

  void join_redis() {
    const auto host = value_of("REDIS_HOST");
    if (!host || taken_.contains(std::string(kRedisUrl))) return;
    std::string url = "redis://";
    if (const auto password = value_of("REDIS_PASSWORD")) {
      url += ':';
      append_percent_encoded(url, *password, kUnreserved);
      url += '@';
    }
    const bool v6 = host->find(':') != std::string::npos && host->front() != '[';
    url += v6 ? "[" + *host + "]" : *host;
    url += ":" + value_of("REDIS_PORT").value_or("6379") + "/" + value_of("REDIS_DB").value_or("0");
    taken_[std::string(kRedisUrl)] = url;
    note("REDIS_HOST and its like became REDIS_URL.");
  }

  void take_older() {
    for (const OlderName& older : kOlderNames) {
      const auto value = value_of(older.name);
      if (!value || older.successor == kRedisUrl) continue;
      const std::string from(older.name), to(older.successor);
      if (taken_.try_emplace(to, *value).second)
        note(std::string(from).append(" is called ").append(to).append(" here."));
      else if (taken_[to] != *value)
        note(std::string(from)
                 .append(" was left out: ")
                 .append(to)
                 .append(" is given too, and says otherwise."));
    }
  }

  // In the order of the table of settings, as .env.example has them.
  void write() {
    out_.dotenv = "# Made by `kiosk-gateway import-env` from the older service's .env.\n";
    for (const Setting& setting : settings())
      for (const std::string& name : {std::string(setting.name), setting.secret ? file_name_of(setting) : ""})
        if (const auto found = taken_.find(name); found != taken_.end())
          out_.dotenv += name + "=" + as_written(found->second) + "\n";
  }

  void advise() {
    // Off unless somebody decides so: the first lets everybody charge who can reach the gateway.
    static constexpr std::pair<std::string_view, std::string_view> kDecide[] = {
        {"ALLOW_UNAUTHENTICATED_SEND",
         "for backends that send no key, until each has one (kiosk-gateway key add)"},
        {"LEGACY_HTTP_STATUS", "for backends that expect errors with HTTP 200"},
        {"METRICS_LEGACY_NAMES", "for dashboards with the older service's names"},
    };
    out_.dotenv += "\n# To decide; docs/moving.md says more:\n";
    for (const auto& [name, what] : kDecide)
      if (!taken_.contains(std::string(name)))
        out_.dotenv += "# " + std::string(what) + "\n#" + std::string(name) + "=true\n";
    if (taken_.contains(std::string(kRedisUrl)))
      note(
          "With REDIS_URL the gateway keeps its state in that Redis. To keep it on disk in DATA_DIR instead, "
          "delete that line; 'kiosk-gateway import' takes the kiosks from the Redis either way.");
    if (!taken_.contains("JWT_SECRET") && !taken_.contains("JWT_SECRET_FILE"))
      note("There is no JWT_SECRET: without the older service's, no kiosk's token is valid here.");
  }

  Dotenv dotenv_;
  std::map<std::string, std::string> taken_;
  ImportedEnv out_;
};

}  // namespace

ImportedEnv import_env(std::string_view text) { return Importing(text).run(); }

}  // namespace kgw
