// Config: all settings (PROTOCOL.md 6), parsed and checked once, before anything starts. A flag overrides the
// environment, which overrides `.env`; an empty value is unset (compose files write that), so the next source
// applies. A secret may come from the file that NAME_FILE names instead. All faults are reported together,
// and none shows a secret. The names are in one table, settings_table.cpp. Pure: settings_sources reads the
// outside world.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/open_to.hpp"
#include "base/result.hpp"
#include "core/operation_limits.hpp"
#include "log/log.hpp"
#include "net/push_target.hpp"
#include "net/tls_context.hpp"
#include "wire/jwt.hpp"
#include "wire/outcome_rules.hpp"

namespace kgw {

// Whether kiosks identify themselves by certificates of TLS_CLIENT_CA_FILE.
enum class KioskCertificates : std::uint8_t { off, optional, required };

struct Config {
  std::uint16_t port = 8000;
  std::string host = "::";
  std::string data_dir = "./data";
  std::string node_id;
  LogLevel log_level = LogLevel::info;

  std::string tls_cert_file;  // empty: plain HTTP
  std::string tls_key_file;
  std::string tls_client_ca_file;
  KioskCertificates kiosk_certificates = KioskCertificates::off;
  TlsTexts tls;  // what those files hold; the CA's only if kiosks may show certificates

  std::string redis_url;      // empty: the embedded store
  std::string redis_ca_file;  // empty: the system's CAs
  int redis_wait_replicas = 0;

  std::string jwt_secret;  // empty: generated once and kept in DATA_DIR
  std::vector<std::string> jwt_secret_previous;
  JwtAlgorithm jwt_algorithm = JwtAlgorithm::hs256;
  std::chrono::days jwt_lifetime{365};
  std::string admin_api_key;  // empty: generated once and kept in DATA_DIR
  std::string metrics_token;  // empty: none
  bool metrics_per_kiosk = false;
  bool metrics_legacy_names = false;
  PushTarget grafana_prometheus;
  PushTarget grafana_loki;
  std::string environment = "production";  // a label of the log lines in Loki

  std::chrono::seconds timeout{45};
  std::chrono::seconds timeout_max{300};
  std::uint32_t max_in_flight = 32;
  OperationLimits operation_max_in_flight;
  std::vector<std::string> offline_wait{"kds", "print"};  // operations
  std::string outcome_rules_file;                         // empty: only the built-in rules
  OutcomeRuleMap outcome_rules;                           // what that file says
  bool allow_duplicates = false;
  OpenTo open_to = OpenTo::nobody;  // ALLOW_UNAUTHENTICATED_SEND
  bool legacy_http_status = false;
  bool trust_proxy = false;
  std::chrono::seconds drain_timeout{50};
  bool sandbox = true;

  bool journal_strict = true;
  std::chrono::seconds journal_retention{30 * 24 * 3600};
  std::chrono::seconds journal_keep_bodies{24 * 3600};
  std::chrono::seconds idempotency_ttl{24 * 3600};
  std::vector<std::string> keys_required;  // operations
  std::vector<std::string> unique_orders;  // operations
  std::chrono::seconds unique_orders_window{24 * 3600};
  std::vector<std::string> claim_operations{"payment"};
  std::chrono::seconds unclaimed_after{120};
  std::uint64_t journal_bytes_max = 0;  // 0: no limit

  std::string callback_hosts;  // a list as CallbackHosts::parse() reads it; empty: callbacks are refused
  bool callback_http = false;  // http:// is allowed too

  std::string telegram_bot_token;  // empty: no bot
  std::vector<std::int64_t> telegram_admin_ids;
  std::int64_t telegram_log_chat_id = 0;  // 0: none
  std::string telegram_api_url = "https://api.telegram.org";
  std::string telegram_proxy;  // empty: none
  bool telegram_polling = true;

  // For the CLI.
  std::string gateway_url;
  std::string gateway_key;

  bool operator==(const Config&) const = default;
};

struct ConfigFault {
  std::string name;
  std::string text;  // one sentence: the value and what is allowed
};

// The value of one setting, and its source.
struct SettingValue {
  std::string_view name;
  std::string text;  // as given, or the default, even of a secret: show shown_value() to people
  // "flag", "environment", ".env line 3", "/run/key (JWT_SECRET_FILE, environment)" or "default"
  std::string source;
  bool secret = false;
};

struct LoadedConfig {
  Config config;
  std::vector<SettingValue> values;  // one for each row of the table, in its order, except those with a fault
  std::vector<ConfigFault> faults;   // all of them; a single one prevents the start
  std::vector<std::string> warnings;
};

// Where settings come from. `environment` returns a variable's value or nullopt; `dotenv` is the text of
// `.env`, empty if there is none; `flags` is keyed by variable name ("PORT"); `read_file` reads a file
// that a setting names, of at most so many bytes; its fault says why it can't ("No such file or directory").
struct SettingSources {
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string dotenv;
  std::map<std::string, std::string> flags;
  std::function<Result<std::string>(const std::string& path, std::size_t bytes_max)> read_file;
  WallTime now{};  // certificates that expired before it are a fault
};
LoadedConfig load_config(const SettingSources& sources);

// For people: short, without control characters, secrets or passwords in URLs.
std::string shown_value(const SettingValue& value);

// Returns one message with every fault, for stderr.
std::string describe(const std::vector<ConfigFault>& faults);

}  // namespace kgw
