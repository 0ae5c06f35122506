#include "gateway/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/ids.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

// What a parser gives back: empty when the value was taken, else what is allowed.
using Allowed = std::string;

template <class Number>
bool parse_number(std::string_view text, Number low, Number high, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= low && out <= high;
}

Allowed duration(std::string_view text, std::chrono::seconds low, std::chrono::seconds high,
                 std::chrono::seconds& out) {
  std::string allowed = "a duration from " + std::to_string(low.count()) + " to " +
                        std::to_string(high.count()) + " seconds, like 45, 45s, 10m, 24h or 30d";
  std::int64_t unit = 1;
  if (!text.empty()) {
    switch (text.back()) {
      case 's': unit = 1; break;
      case 'm': unit = 60; break;
      case 'h': unit = 3600; break;
      case 'd': unit = 86400; break;
      default: unit = 0;
    }
    if (unit != 0) text.remove_suffix(1);
    else unit = 1;
  }
  std::int64_t number = 0;
  if (!parse_number<std::int64_t>(text, 0, 1'000'000'000, number)) return allowed;
  out = std::chrono::seconds(number * unit);
  return out < low || out > high ? allowed : "";
}

Allowed boolean(std::string_view text, bool& out) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") out = true;
  else if (lower == "false" || lower == "0" || lower == "no" || lower == "off" || lower.empty()) out = false;
  else return "true or false";
  return "";
}

Allowed bytes(std::string_view text, std::uint64_t& out) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    const char last = text.back();
    if (last == 'k' || last == 'K') unit = 1024;
    if (last == 'm' || last == 'M') unit = 1024 * 1024;
    if (last == 'g' || last == 'G') unit = 1024 * 1024 * 1024;
    if (unit != 1) text.remove_suffix(1);
  }
  if (!parse_number<std::uint64_t>(text, 0, 1'000'000'000'000ULL / unit, out))
    return "a number of bytes, like 1000000, 500M or 2G; 0 for no limit";
  out *= unit;
  return "";
}

std::vector<std::string> list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

struct Setting {
  SettingInfo info;
  bool secret;
  Allowed (*take)(std::string_view, Config&);
};

constexpr std::chrono::seconds kYear{365 * 86400};

const Setting kSettings[] = {
    {{"PORT", "8000", "the port to listen on; 0 picks a free one"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return parse_number<std::uint16_t>(v, 0, 65535, c.port) ? "" : "a port from 0 to 65535";
     }},
    {{"HOST", "::", "the address to listen on; :: takes IPv4 too"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       c.host = v;
       return v.empty() ? "an address, like :: or 127.0.0.1" : "";
     }},
    {{"DATA_DIR", "./data", "where the journal and the secrets are kept"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       c.data_dir = v;
       return v.empty() ? "a directory" : "";
     }},
    {{"NODE_ID", "", "this gateway's name in /health"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       c.node_id = v;
       return v.empty() || is_name(v) ? "" : "1 to 64 characters of A-Z a-z 0-9 _ . : -";
     }},
    {{"LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       const auto level = parse_log_level(v);
       if (level) c.log_level = *level;
       return level ? "" : "DEBUG, INFO, WARNING or ERROR";
     }},
    {{"JWT_SECRET", "", "signs kiosk tokens; unset: made once and kept in DATA_DIR"},
     true,
     [](std::string_view v, Config& c) -> Allowed {
       c.jwt_secret = v;
       return "";
     }},
    {{"JWT_SECRET_PREVIOUS", "", "older secrets that still verify, separated by commas"},
     true,
     [](std::string_view v, Config& c) -> Allowed {
       c.jwt_secret_previous = list(v);
       return "";
     }},
    {{"JWT_EXPIRATION_DAYS", "365", "how long a new kiosk token lasts"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       int days = 0;
       if (!parse_number(v, 1, 36500, days)) return "a number of days from 1 to 36500";
       c.jwt_lifetime = std::chrono::days(days);
       return "";
     }},
    {{"JWT_ALGORITHM", "HS256", "HS256, HS384 or HS512"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       const auto algorithm = parse_jwt_algorithm(v);
       if (algorithm) c.jwt_algorithm = *algorithm;
       return algorithm ? "" : "HS256, HS384 or HS512";
     }},
    {{"ADMIN_API_KEY", "", "the admin key; unset: made once and kept in DATA_DIR/admin.key"},
     true,
     [](std::string_view v, Config& c) -> Allowed {
       c.admin_api_key = v;
       const bool ok =
           v.empty() ||
           (v.size() >= 16 && std::all_of(v.begin(), v.end(), [](char ch) { return ch > 0x20 && ch < 0x7f; }));
       return ok ? "" : "at least 16 printable characters without spaces";
     }},
    {{"METRICS_TOKEN", "", "a bearer token for GET /metrics alone, besides keys with scope read"},
     true,
     [](std::string_view v, Config& c) -> Allowed {
       c.metrics_token = v;
       const bool ok =
           v.empty() ||
           (v.size() >= 16 && std::all_of(v.begin(), v.end(), [](char ch) { return ch > 0x20 && ch < 0x7f; }));
       return ok ? "" : "at least 16 printable characters without spaces";
     }},
    {{"KIOSK_RESPONSE_TIMEOUT", "45", "how long a kiosk may take for its answer"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return duration(v, std::chrono::seconds(1), kYear, c.timeout);
     }},
    {{"KIOSK_RESPONSE_TIMEOUT_MAX", "300", "the most that Header-Timeout may ask for"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return duration(v, std::chrono::seconds(1), std::chrono::hours(24), c.timeout_max);
     }},
    {{"KIOSK_MAX_IN_FLIGHT", "32", "requests out at one kiosk at a time; 1 for kiosks that work one by one"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return parse_number<std::uint32_t>(v, 1, limits::kMaxInFlightMax, c.max_in_flight)
                  ? ""
                  : "a number from 1 to 1000";
     }},
    {{"ALLOW_DUPLICATE_CONNECTIONS", "false", "a kiosk's new connection always replaces its old one"},
     false,
     [](std::string_view v, Config& c) -> Allowed { return boolean(v, c.allow_duplicates); }},
    {{"ALLOW_UNAUTHENTICATED_SEND", "false", "opens /send to everyone who can reach it"},
     false,
     [](std::string_view v, Config& c) -> Allowed { return boolean(v, c.allow_unauthenticated_send); }},
    {{"LEGACY_HTTP_STATUS", "false", "errors that name a kiosk come with HTTP 200"},
     false,
     [](std::string_view v, Config& c) -> Allowed { return boolean(v, c.legacy_http_status); }},
    {{"TRUST_PROXY", "false", "take the client's address from X-Real-IP"},
     false,
     [](std::string_view v, Config& c) -> Allowed { return boolean(v, c.trust_proxy); }},
    {{"DRAIN_TIMEOUT", "50", "how long running requests may take at shutdown"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return duration(v, std::chrono::seconds(0), std::chrono::hours(1), c.drain_timeout);
     }},
    {{"JOURNAL", "strict", "strict: on disk before anything is sent; off: in memory only"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       c.journal_strict = v != "off";
       return v == "strict" || v == "off" ? "" : "strict or off";
     }},
    {{"JOURNAL_RETENTION", "30d", "how long requests are kept"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return duration(v, std::chrono::hours(24), 100 * kYear, c.journal_retention);
     }},
    {{"JOURNAL_KEEP_BODIES", "24h", "how long their bodies are kept"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       return duration(v, std::chrono::seconds(0), 100 * kYear, c.journal_keep_bodies);
     }},
    {{"JOURNAL_MAX_BYTES", "0", "no new requests past this size; 0 for no limit"},
     false,
     [](std::string_view v, Config& c) -> Allowed { return bytes(v, c.journal_bytes_max); }},
    {{"GATEWAY_URL", "http://127.0.0.1:$PORT", "for the CLI: where the gateway is"},
     false,
     [](std::string_view v, Config& c) -> Allowed {
       c.gateway_url = v;
       return v.starts_with("http://") || v.starts_with("https://")
                  ? ""
                  : "an address that begins with http:// or https://";
     }},
    {{"GATEWAY_KEY", "", "for the CLI: the API key; else ADMIN_API_KEY, else DATA_DIR/admin.key"},
     true,
     [](std::string_view v, Config& c) -> Allowed {
       c.gateway_key = v;
       return "";
     }},
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

bool known(std::string_view name) {
  return std::any_of(std::begin(kSettings), std::end(kSettings), [&](const Setting& s) {
    return s.info.name == name || (s.secret && name == std::string(s.info.name) + "_FILE");
  });
}

std::string nearest(std::string_view name) {
  const auto best =
      std::min_element(std::begin(kSettings), std::end(kSettings), [&](const Setting& a, const Setting& b) {
        return distance(name, a.info.name) < distance(name, b.info.name);
      });
  return std::string(best->info.name);
}

// NAME=value lines; '#' begins a comment line; quotes around a value are taken off; "export " is tolerated.
std::map<std::string, std::string> parse_dotenv(std::string_view text, LoadedConfig& out) {
  std::map<std::string, std::string> values;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      out.faults.push_back({".env", "line " + std::to_string(number) + " is not NAME=value"});
      continue;
    }
    const std::string name(trim(line.substr(0, equals)));
    std::string_view value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    if (!known(name))
      out.warnings.push_back(".env: " + name + " is not a setting of this gateway; did you mean " +
                             nearest(name) + "?");
    values[name] = value;
  }
  return values;
}

void check_secret(const Config& config, LoadedConfig& out) {
  static const std::set<std::string_view> kPlaceholders{"secret",
                                                        "changeme",
                                                        "change-me",
                                                        "your-secret-key",
                                                        "your_secret_key",
                                                        "your-secret-key-change-in-production",
                                                        "your-secret-key-here",
                                                        "jwt_secret",
                                                        "password",
                                                        "supersecret"};
  const std::string& secret = config.jwt_secret;
  if (secret.empty()) return;
  if (secret.size() < 32 || kPlaceholders.contains(secret))
    out.warnings.push_back(
        "JWT_SECRET IS WEAK: it is shorter than 32 bytes or a well-known placeholder. Anyone who guesses it "
        "can pose as any of "
        "your kiosks. Set a random one, for example: openssl rand -base64 48");
}

}  // namespace

std::vector<SettingInfo> settings() {
  std::vector<SettingInfo> all;
  for (const Setting& setting : kSettings) all.push_back(setting.info);
  return all;
}

LoadedConfig load_config(const std::function<std::optional<std::string>(const std::string&)>& environment,
                         std::string_view dotenv, const std::map<std::string, std::string>& flags,
                         const std::function<std::optional<std::string>(const std::string&)>& read_file) {
  LoadedConfig out;
  const auto from_file = parse_dotenv(dotenv, out);
  const auto look_up = [&](const std::string& name) -> std::optional<std::string> {
    if (const auto found = flags.find(name); found != flags.end()) return found->second;
    if (auto value = environment(name)) return value;
    if (const auto found = from_file.find(name); found != from_file.end()) return found->second;
    return std::nullopt;
  };
  for (const Setting& setting : kSettings) {
    const std::string name(setting.info.name);
    std::optional<std::string> value = look_up(name);
    if (setting.secret) {
      if (const auto path = look_up(name + "_FILE"); path && !path->empty()) {
        value = read_file(*path);
        if (!value) {
          out.faults.push_back(
              {name + "_FILE", "'" + *path + "' can't be read; give the path of a readable file"});
          continue;
        }
        while (!value->empty() && (value->back() == '\n' || value->back() == '\r')) value->pop_back();
      }
    }
    if (!value || value->empty()) continue;  // set to nothing is not set: compose files do that
    const Allowed allowed = setting.take(*value, out.config);
    if (!allowed.empty())
      out.faults.push_back(
          {name, (setting.secret ? "its value" : "'" + *value + "'") + " is not allowed; give " + allowed});
  }
  Config& config = out.config;
  if (config.timeout > config.timeout_max && out.faults.empty())
    out.faults.push_back({"KIOSK_RESPONSE_TIMEOUT", "it must not be larger than KIOSK_RESPONSE_TIMEOUT_MAX (" +
                                                        std::to_string(config.timeout_max.count()) + ")"});
  if (config.gateway_url.empty()) config.gateway_url = "http://127.0.0.1:" + std::to_string(config.port);
  check_secret(config, out);
  return out;
}

std::string describe(const std::vector<ConfigFault>& faults) {
  std::string text =
      faults.size() == 1 ? "One setting is wrong:\n" : std::to_string(faults.size()) + " settings are wrong:\n";
  for (const ConfigFault& fault : faults) text += "  " + fault.name + ": " + fault.text + ".\n";
  return text;
}

}  // namespace kgw
