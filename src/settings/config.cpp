#include "settings/config.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/shown_url.hpp"
#include "base/table.hpp"
#include "env/dotenv.hpp"
#include "settings/older_names.hpp"
#include "settings/outcome_rules_file.hpp"
#include "settings/secret_strength.hpp"
#include "settings/settings.hpp"
#include "settings/tls_files.hpp"

namespace kgw {
namespace {

constexpr std::size_t kShownBytesMax = 120;

struct Given {
  std::string value;
  std::string source;
};

// A text that was meant to be replaced by what it refers to: ${NAME}, $NAME, $(command), `command`.
bool is_reference(std::string_view text) {
  const auto of_a_name = [](std::string_view name) {
    return !name.empty() && !ascii::is_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), [](char c) { return ascii::is_alnum(c) || c == '_'; });
  };
  if (text.size() > 2 && text.starts_with('`') && text.ends_with('`')) return true;
  if (!text.starts_with('$')) return false;
  return (text.starts_with("${") && text.ends_with('}')) || (text.starts_with("$(") && text.ends_with(')')) ||
         of_a_name(text.substr(1));
}

class Loading {
 public:
  explicit Loading(const SettingSources& sources)
      : sources_(sources), dotenv_(parse_dotenv(sources.dotenv, sources.environment)) {}

  LoadedConfig run() {
    check_dotenv();
    check_older_names();
    for (const Setting& setting : settings()) take(setting);
    check_timeouts();
    check_keys();
    check_secrets();
    check_redis();
    read_outcome_rules();
    read_tls_files(sources_, out_);
    Config& config = out_.config;
    const std::string scheme = config.tls_cert_file.empty() ? "http" : "https";
    if (config.gateway_url.empty()) config.gateway_url = scheme + "://127.0.0.1:" + std::to_string(config.port);
    return std::move(out_);
  }

 private:
  void fault(const std::string& name, const std::string& text) { out_.faults.push_back({name, text}); }

  void check_dotenv() {
    for (const std::string& text : dotenv_.faults) fault(".env", text);
    for (const std::string& text : dotenv_.warnings) out_.warnings.push_back(".env: " + text);
    for (const auto& [name, entry] : dotenv_.entries) {
      const std::string where = "line " + std::to_string(entry.line) + " ";
      const bool ours = is_setting_name(name);
      if (!ours && find_older_name(name) == nullptr) warn_of_unknown(name, entry.line);
      if (ours && !entry.fault.empty()) fault(".env", where + entry.fault);
      if (ours && entry.has_bare_dollar)
        out_.warnings.push_back(
            ".env: " + where +
            "has a $ that is taken literally here but that Docker Compose would expand. Write ${NAME} to use "
            "another variable's value; otherwise put the value in single quotes");
    }
  }

  void check_older_names() {
    for (const OlderName& older : kOlderNames) {
      const auto given = look_up_here(std::string(older.name));
      if (!given) continue;
      const std::string successor(older.successor);
      const bool counts = older.same && !look_up_here(successor);
      out_.warnings.push_back(std::string(older.name) + " (" + given->source +
                              ") is a name of the older service; " +
                              (counts ? "it is used as " + successor + ", its new name"
                                      : "it is ignored; the new name is " + successor));
    }
  }

  // Not every "name" is one: if a secret was broken over two lines, the second may end in '='. So only what
  // looks like a variable, or like one of ours, is shown.
  void warn_of_unknown(const std::string& name, int line) {
    const std::string near = near_setting_name(name);
    const bool like_a_variable = name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                                   return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
                                 });
    std::string text = ".env: line " + std::to_string(line) + ": ";
    text += near.empty() && !like_a_variable ? "this" : name;
    text += " is not a setting of this gateway and was ignored";
    if (!near.empty()) text += "; did you mean " + near + "?";
    out_.warnings.push_back(text);
  }

  std::optional<Given> look_up(const std::string& name) const {
    if (auto given = look_up_here(name)) return given;
    for (const OlderName& older : kOlderNames)
      if (older.same && older.successor == name)
        if (auto given = look_up_here(std::string(older.name))) {
          given->source = std::string(older.name) + ", " + given->source;
          return given;
        }
    return std::nullopt;
  }

  std::optional<Given> look_up_here(const std::string& name) const {
    if (const auto found = sources_.flags.find(name); found != sources_.flags.end() && !found->second.empty())
      return Given{found->second, "flag"};
    if (auto value = sources_.environment(name); value && !value->empty())
      return Given{std::move(*value), "environment"};
    if (const auto found = dotenv_.entries.find(name);
        found != dotenv_.entries.end() && found->second.fault.empty() && !found->second.value.empty())
      return Given{found->second.value, ".env line " + std::to_string(found->second.line)};
    return std::nullopt;
  }

  // Finds a secret's value under its own name or in its file. Returns false if there is a fault.
  bool look_up_secret(const Setting& setting, std::optional<Given>& given) {
    const std::string file_name = file_name_of(setting);
    const auto path = look_up(file_name);
    if (!path) return true;
    if (given) {
      fault(std::string(setting.name), "both " + std::string(setting.name) + " (" + given->source + ") and " +
                                           file_name + " (" + path->source + ") are given; keep one of them");
      return false;
    }
    const std::string shown = "'" + printable(path->value) + "' (" + path->source + ")";
    auto text = sources_.read_file(path->value, limits::kSettingsFileBytesMax);
    if (!text) {
      fault(file_name, shown + " can't be read: " + text.error().message +
                           ". Give the path of a file that the gateway can read");
      return false;
    }
    if (text->starts_with("\xef\xbb\xbf")) text->erase(0, 3);  // a BOM from a Windows editor
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    if (text->find('\0') != std::string::npos) {
      fault(file_name, shown + " is not UTF-8 text (PowerShell writes UTF-16); save it as UTF-8");
      return false;
    }
    if (text->empty()) {
      fault(file_name, shown + " is empty. Write the secret into it, or remove " + file_name);
      return false;
    }
    given = Given{std::move(*text), printable(path->value) + " (" + file_name + ", " + path->source + ")"};
    return true;
  }

  void take(const Setting& setting) {
    std::optional<Given> given = look_up(std::string(setting.name));
    if (setting.secret && !look_up_secret(setting, given)) return;
    if (!given) {
      out_.values.push_back({setting.name, std::string(setting.standard), "default", setting.secret});
      return;
    }
    SettingValue value{setting.name, std::move(given->value), std::move(given->source), setting.secret};
    if (is_reference(value.text))
      return fault(std::string(setting.name),
                   "its value (" + value.source +
                       ") is a reference like ${NAME} or $(command) that was never expanded; ${NAME} works in "
                       ".env, elsewhere give the value itself");
    if (setting.secret && value.source == "flag")
      out_.warnings.push_back(std::string(setting.name) +
                              " was given as a flag, which everyone on this machine can see in the process "
                              "list. Give it in the environment, in .env, or in a file that " +
                              file_name_of(setting) + " names");
    const Allowed allowed = setting.take(value.text, out_.config);
    if (allowed.empty()) {
      out_.values.push_back(std::move(value));
      return;
    }
    const std::string shown = setting.secret ? "its value" : "'" + shown_value(value) + "'";
    const std::string_view link = allowed.starts_with(kBecause) ? "" : "; give ";
    fault(std::string(setting.name),
          shown + " (" + value.source + ") is not allowed" + std::string(link) + allowed);
  }

  bool is_wrong(std::string_view name) const {
    return std::any_of(out_.faults.begin(), out_.faults.end(),
                       [name](const ConfigFault& one) { return one.name == name; });
  }

  void check_timeouts() {
    const Config& config = out_.config;
    if (config.timeout <= config.timeout_max || is_wrong("KIOSK_RESPONSE_TIMEOUT") ||
        is_wrong("KIOSK_RESPONSE_TIMEOUT_MAX"))
      return;
    fault("KIOSK_RESPONSE_TIMEOUT", "it must not be greater than KIOSK_RESPONSE_TIMEOUT_MAX (" +
                                        std::to_string(config.timeout_max.count()) +
                                        " s); lower this one or raise the maximum");
  }

  // A key whose request is forgotten would be used a second time.
  void check_keys() {
    const Config& config = out_.config;
    if (config.journal_retention < config.idempotency_ttl && !is_wrong("JOURNAL_RETENTION") &&
        !is_wrong("IDEMPOTENCY_TTL"))
      fault("JOURNAL_RETENTION", "it must be at least IDEMPOTENCY_TTL (" +
                                     std::to_string(config.idempotency_ttl.count()) +
                                     " s); raise this one or lower that one");
    if (config.journal_keep_bodies < config.idempotency_ttl)
      out_.warnings.emplace_back(
          "JOURNAL_KEEP_BODIES is shorter than IDEMPOTENCY_TTL: a repeated request whose answer is no longer "
          "kept gets request_expired (410) instead of that answer.");
    if (!config.keys_required.empty() && !config.journal_strict && config.redis_url.empty())
      fault("REQUIRE_IDEMPOTENCY_KEY", "it needs the journal; remove it, or JOURNAL=off");
    if (config.unique_orders.empty()) return;
    if (!config.journal_strict && config.redis_url.empty())
      fault("UNIQUE_ORDERS", "it needs the journal; remove it, or JOURNAL=off");
    if (config.journal_retention < config.unique_orders_window && !is_wrong("JOURNAL_RETENTION") &&
        !is_wrong("UNIQUE_ORDERS_WINDOW"))
      fault("JOURNAL_RETENTION", "it must be at least UNIQUE_ORDERS_WINDOW (" +
                                     std::to_string(config.unique_orders_window.count()) +
                                     " s); raise this one or lower that one");
  }

  void read_outcome_rules() {
    const std::string& path = out_.config.outcome_rules_file;
    if (path.empty()) return;
    const std::string shown = "'" + printable(path) + "'";
    const auto text = sources_.read_file(path, limits::kOutcomeFileBytesMax);
    if (!text)
      return fault("OUTCOME_RULES", shown + " can't be read: " + text.error().message +
                                        ". Give the path of a file that the gateway can read");
    OutcomeRulesFile file = parse_outcome_rules(*text);
    const std::string place = shown + ", ";
    for (const std::string& one : file.faults) fault("OUTCOME_RULES", place + one);
    out_.config.outcome_rules = std::move(file.rules);
  }

  // Another deploy, or another node, must sign tokens with the same.
  void check_redis() {
    if (out_.config.redis_url.empty()) return;
    if (out_.config.jwt_secret.empty() && !is_wrong("JWT_SECRET"))
      fault("JWT_SECRET",
            "it is required with REDIS_URL; set a random one, for example: openssl rand -base64 48");
    if (!out_.config.journal_strict)
      out_.warnings.emplace_back("JOURNAL=off has no effect with REDIS_URL: the journal is in Redis.");
    if (out_.config.admin_api_key.empty())
      out_.warnings.emplace_back(
          "ADMIN_API_KEY is not set: the admin key is in DATA_DIR/admin.key, and a redeploy that loses this "
          "disk "
          "makes another.");
  }

  void check_secrets() {
    constexpr std::size_t kSecretBytes = 32;  // RFC 7518 3.2: as long as the hash
    constexpr std::size_t kKeyBytes = 16;
    const Config& config = out_.config;
    const auto check = [this](const char* name, const std::string& secret, std::size_t length_min,
                              const char* who) {
      const std::string why = secret.empty() ? "" : weakness_of(secret, length_min);
      if (!why.empty())
        out_.warnings.push_back(std::string(name) + " IS WEAK: " + why + ". Anyone who guesses it " + who +
                                ". Set a random one, for example: openssl rand -base64 48");
    };
    check("JWT_SECRET", config.jwt_secret, kSecretBytes, "can impersonate any of your kiosks");
    for (const std::string& secret : config.jwt_secret_previous)
      check("JWT_SECRET_PREVIOUS", secret, kSecretBytes, "can impersonate any of your kiosks");
    check("ADMIN_API_KEY", config.admin_api_key, kKeyBytes, "can do anything here");
    check("METRICS_TOKEN", config.metrics_token, kKeyBytes, "can read the metrics");
  }

  const SettingSources& sources_;
  const Dotenv dotenv_;
  LoadedConfig out_;
};

}  // namespace

LoadedConfig load_config(const SettingSources& sources) { return Loading(sources).run(); }

std::string shown_value(const SettingValue& value) {
  if (value.text.empty()) return "";
  if (value.secret) return std::string(kMask);
  // A URL even if it is not valid.
  const bool is_url = value.name.ends_with("_URL") || value.text.find("://") != std::string::npos;
  std::string text = printable(is_url ? shown_url(value.text) : value.text);
  if (text.size() > kShownBytesMax) text = printable(text.substr(0, kShownBytesMax)) + "...";
  return text;
}

std::string describe(const std::vector<ConfigFault>& faults) {
  std::string text =
      faults.size() == 1 ? "One setting is wrong:\n" : std::to_string(faults.size()) + " settings are wrong:\n";
  for (const ConfigFault& fault : faults) text += "  " + fault.name + ": " + fault.text + ".\n";
  return text;
}

}  // namespace kgw
