// The rows are in the order in which --help and README show them.
// Implements settings/settings.hpp.
#include <algorithm>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "callbacks/target.hpp"
#include "redis/url.hpp"
#include "settings/settings.hpp"
#include "wire/http_head.hpp"

namespace kgw {
namespace {

using Text = std::string_view;

constexpr std::chrono::seconds kYear{365 * 86400};
constexpr std::size_t kAdminKeyCharsMin = 16;
constexpr std::int64_t kChatIdMax = std::int64_t{1} << 52;  // Telegram: at most 52 significant bits
constexpr std::size_t kAdminsMax = 100;

// It becomes part of a URL, so nothing else is allowed.
bool is_bot_token(Text token) {
  const std::size_t colon = token.find(':');
  if (colon == 0 || colon == Text::npos || token.size() < colon + 11) return false;
  return token.find_first_not_of("0123456789") == colon &&
         token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
                                 colon + 1) == Text::npos;
}

constexpr Setting kSettings[] = {
    {.name = "PORT",
     .standard = "8000",
     .meaning = "the port to listen on; 0 picks a free one",
     .take = [](Text v, Config& c) -> Allowed {
       return parse_number<std::uint16_t>(v, 0, 65535, c.port) ? "" : "a port from 0 to 65535";
     }},
    {.name = "HOST",
     .standard = "::",
     .meaning = "the address to listen on; :: accepts IPv4 too; use 0.0.0.0 on a machine without IPv6",
     .take = [](Text v, Config& c) -> Allowed {
       c.host = v;
       return "";
     }},
    {.name = "TLS_CERT_FILE",
     .standard = "",
     .meaning =
         "a PEM file with the server's certificate and the intermediate ones: the port then speaks HTTPS "
         "and wss; unset: plain HTTP and ws. Read again on SIGHUP",
     .take = [](Text v, Config& c) -> Allowed {
       c.tls_cert_file = v;
       return "";
     }},
    {.name = "TLS_KEY_FILE",
     .standard = "",
     .meaning = "a PEM file with that certificate's private key, without a passphrase",
     .take = [](Text v, Config& c) -> Allowed {
       c.tls_key_file = v;
       return "";
     }},
    {.name = "TLS_CLIENT_CA_FILE",
     .standard = "",
     .meaning = "a PEM file with the certificate of the CA that signs those of your kiosks, for "
                "KIOSK_CERTIFICATES. Read again on SIGHUP",
     .take = [](Text v, Config& c) -> Allowed {
       c.tls_client_ca_file = v;
       return "";
     }},
    {.name = "KIOSK_CERTIFICATES",
     .standard = "off",
     .meaning =
         "off: kiosks show tokens; optional: a certificate for the kiosk (URI kiosk:ID, or its id as CN) "
         "will do as well; required: a kiosk without one is refused",
     .take = [](Text v, Config& c) -> Allowed {
       using enum KioskCertificates;
       for (const auto& [word, mode] : {std::pair{"off", off}, {"optional", optional}, {"required", required}})
         if (same_ignoring_case(v, word)) {
           c.kiosk_certificates = mode;
           return "";
         }
       return "off, optional or required";
     }},
    {.name = "DATA_DIR",
     .standard = "./data",
     .meaning = "the directory for the journal and the secrets",
     .take = [](Text v, Config& c) -> Allowed {
       c.data_dir = v;
       return "";
     }},
    {.name = "REDIS_URL",
     .standard = "",
     .meaning = "the Redis that keeps all state: redis://user:password@host:6379/0, rediss:// or "
                "redis+sentinel://; unset: the embedded store in DATA_DIR",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.redis_url = v;
       const auto url = redis::parse_redis_url(v);
       return url || v.empty() ? "" : std::string(kBecause) + url.error().message;
     }},
    {.name = "REDIS_CA_FILE",
     .standard = "",
     .meaning = "the CA certificate (PEM) for Redis with TLS; unset: the system's CAs",
     .take = [](Text v, Config& c) -> Allowed {
       c.redis_ca_file = v;
       return "";
     }},
    {.name = "REDIS_WAIT_REPLICAS",
     .standard = "0",
     .meaning = "how many Redis replicas must confirm a record before it is considered saved (WAIT)",
     .take = [](Text v, Config& c) -> Allowed {
       return parse_number<int>(v, 0, 10, c.redis_wait_replicas) ? "" : "a number from 0 to 10";
     }},
    {.name = "NODE_ID",
     .standard = "",
     .meaning = "this gateway's name in /health; unset: the host name",
     .take = [](Text v, Config& c) -> Allowed {
       c.node_id = v;
       return is_name(v) ? "" : "1 to 64 characters of A-Z a-z 0-9 _ . : -";
     }},
    {.name = "LOG_LEVEL",
     .standard = "INFO",
     .meaning = "DEBUG, INFO, WARNING or ERROR",
     .use = SettingUse::live,
     .take = [](Text v, Config& c) -> Allowed {
       const auto level = parse_log_level(v);
       if (level) c.log_level = *level;
       return level ? "" : "DEBUG, INFO, WARNING or ERROR";
     }},
    {.name = "JWT_SECRET",
     .standard = "",
     .meaning = "the secret that signs kiosk tokens; unset: generated once and kept in DATA_DIR/jwt.secret",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.jwt_secret = v;
       return "";
     }},
    {.name = "JWT_SECRET_PREVIOUS",
     .standard = "",
     .meaning = "older secrets whose tokens are still valid, separated by commas",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.jwt_secret_previous = parse_list(v);
       return "";
     }},
    {.name = "JWT_EXPIRATION_DAYS",
     .standard = "365",
     .meaning = "how many days a new kiosk token is valid",
     .take = [](Text v, Config& c) -> Allowed {
       int days = 0;
       if (!parse_number(v, 1, 36500, days)) return "a number of days from 1 to 36500";
       c.jwt_lifetime = std::chrono::days(days);
       return "";
     }},
    {.name = "JWT_ALGORITHM",
     .standard = "HS256",
     .meaning = "HS256, HS384 or HS512",
     .take = [](Text v, Config& c) -> Allowed {
       const auto algorithm = parse_jwt_algorithm(v);
       if (algorithm) c.jwt_algorithm = *algorithm;
       return algorithm ? "" : "HS256, HS384 or HS512";
     }},
    {.name = "ADMIN_API_KEY",
     .standard = "",
     .meaning = "the admin key; unset: generated once and kept in DATA_DIR/admin.key",
     .secret = true,
     .take = [](Text v, Config& c) { return take_bearer(v, kAdminKeyCharsMin, c.admin_api_key); }},
    {.name = "METRICS_TOKEN",
     .standard = "",
     .meaning = "a bearer token that can read /metrics and nothing else; unset: only keys with scope read can",
     .secret = true,
     .take = [](Text v, Config& c) { return take_bearer(v, 1, c.metrics_token); }},
    {.name = "METRICS_PER_KIOSK",
     .standard = "false",
     .meaning = "true: three extra metrics for each kiosk, up to 3000 kiosks",
     .take =
         [](Text v, Config& c) {
           static_assert(limits::kKioskSeriesMax == 3000);
           return take_boolean(v, c.metrics_per_kiosk);
         }},
    {.name = "METRICS_LEGACY_NAMES",
     .standard = "false",
     .meaning = "true: also publish the metric names that dashboards of the older service use",
     .take = [](Text v, Config& c) { return take_boolean(v, c.metrics_legacy_names); }},
    {.name = "GRAFANA_PROMETHEUS_URL",
     .standard = "",
     .meaning = "where to push the metrics by remote write; the full address",
     .take = [](Text v, Config& c) -> Allowed {
       c.grafana_prometheus.url = v;
       return v.empty() || v.starts_with("http://") || v.starts_with("https://")
                  ? ""
                  : "an address that begins with http:// or https://";
     }},
    {.name = "GRAFANA_PROMETHEUS_USERNAME",
     .standard = "",
     .meaning = "the user name for it; in Grafana Cloud a number",
     .take = [](Text v, Config& c) -> Allowed {
       c.grafana_prometheus.username = v;
       return "";
     }},
    {.name = "GRAFANA_PROMETHEUS_PASSWORD",
     .standard = "",
     .meaning = "the password or token for it",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.grafana_prometheus.password = v;
       return "";
     }},
    {.name = "GRAFANA_LOKI_URL",
     .standard = "",
     .meaning = "where to push the log; the full address of Loki's push API",
     .take = [](Text v, Config& c) -> Allowed {
       c.grafana_loki.url = v;
       return v.empty() || v.starts_with("http://") || v.starts_with("https://")
                  ? ""
                  : "an address that begins with http:// or https://";
     }},
    {.name = "GRAFANA_LOKI_USERNAME",
     .standard = "",
     .meaning = "the user name for it; in Grafana Cloud a number",
     .take = [](Text v, Config& c) -> Allowed {
       c.grafana_loki.username = v;
       return "";
     }},
    {.name = "GRAFANA_LOKI_PASSWORD",
     .standard = "",
     .meaning = "the password or token for it",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.grafana_loki.password = v;
       return "";
     }},
    {.name = "ENVIRONMENT",
     .standard = "production",
     .meaning = "the value of the label env on log lines in Loki",
     .take = [](Text v, Config& c) -> Allowed {
       c.environment = v;
       return "";
     }},
    {.name = "ALLOW_UNAUTHENTICATED_SEND",
     .standard = "false",
     .meaning = "who may call /send without a key. true: everyone who can reach the gateway; loopback: "
                "programs on this machine, which may also read everything. A reverse proxy with default "
                "settings on this machine looks like a local program",
     .take = [](Text v, Config& c) -> Allowed {
       bool everyone = false;
       const bool loopback = same_ignoring_case(v, "loopback");
       if (!loopback && !take_boolean(v, everyone).empty()) return "true, false or loopback";
       c.open_to = loopback ? OpenTo::this_machine : everyone ? OpenTo::everyone : OpenTo::nobody;
       return "";
     }},
    {.name = "TRUST_PROXY",
     .standard = "false",
     .meaning = "true: take the client's address from X-Real-IP; only behind a proxy that sets it",
     .take = [](Text v, Config& c) { return take_boolean(v, c.trust_proxy); }},
    {.name = "KIOSK_RESPONSE_TIMEOUT",
     .standard = "45",
     .meaning = "how long to wait for a kiosk's answer",
     .take = [](Text v, Config& c) { return take_duration(v, std::chrono::seconds(1), kYear, c.timeout); }},
    {.name = "KIOSK_RESPONSE_TIMEOUT_MAX",
     .standard = "300",
     .meaning = "the longest wait that Header-Timeout may ask for",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::seconds(1), std::chrono::hours(24), c.timeout_max);
         }},
    {.name = "KIOSK_MAX_IN_FLIGHT",
     .standard = "32",
     .meaning =
         "how many requests may run at one kiosk at a time; 1 for kiosks that handle one request at a time",
     .take = [](Text v, Config& c) -> Allowed {
       static_assert(limits::kMaxInFlightMax == 1000);
       return parse_number<std::uint32_t>(v, 1, limits::kMaxInFlightMax, c.max_in_flight)
                  ? ""
                  : "a number from 1 to 1000";
     }},
    {.name = "OPERATION_MAX_IN_FLIGHT",
     .standard = "",
     .meaning =
         "how many requests of one operation may run at one kiosk at a time, for example "
         "payment=1,fiscal=1 where a kiosk has one card terminal and one fiscal printer; the others wait, "
         "each operation in its own line; unset: only KIOSK_MAX_IN_FLIGHT counts",
     .take = [](Text v, Config& c) { return take_operation_limits(v, c.operation_max_in_flight); }},
    {.name = "OFFLINE_WAIT_OPERATIONS",
     .standard = "kds,print",
     .meaning =
         "operations that may wait for a kiosk that is offline (Header-Wait-Online), separated by commas; "
         "none: no operation may; payment never may",
     .take = [](Text v, Config& c) -> Allowed {
       c.offline_wait = v == "none" ? std::vector<std::string>() : parse_list(v);
       const auto may = [](const std::string& operation) {
         return is_name(operation) && operation != "payment";
       };
       return std::all_of(c.offline_wait.begin(), c.offline_wait.end(), may)
                  ? ""
                  : "names of operations other than payment, separated by commas, or none";
     }},
    {.name = "OUTCOME_RULES",
     .standard = "",
     .meaning = "a YAML file that says what your devices' answers mean (docs/outcomes.md); unset: only the "
                "built-in rules",
     .take = [](Text v, Config& c) -> Allowed {
       c.outcome_rules_file = v;
       return "";
     }},
    {.name = "ALLOW_DUPLICATE_CONNECTIONS",
     .standard = "false",
     .meaning = "true: a kiosk's new connection always replaces the old one",
     .take = [](Text v, Config& c) { return take_boolean(v, c.allow_duplicates); }},
    {.name = "LEGACY_HTTP_STATUS",
     .standard = "false",
     .meaning = "true: errors that name a kiosk are sent with HTTP 200, for clients of the older service",
     .take = [](Text v, Config& c) { return take_boolean(v, c.legacy_http_status); }},
    {.name = "JOURNAL",
     .standard = "strict",
     .meaning = "strict: requests are saved before anything is sent; off: they are kept in memory only",
     .take = [](Text v, Config& c) -> Allowed {
       c.journal_strict = v != "off";
       return v == "strict" || v == "off" ? "" : "strict or off";
     }},
    {.name = "JOURNAL_RETENTION",
     .standard = "30d",
     .meaning = "how long requests are kept",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::hours(24), 100 * kYear, c.journal_retention);
         }},
    {.name = "JOURNAL_KEEP_BODIES",
     .standard = "24h",
     .meaning = "how long the bodies of requests and answers are kept",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::seconds(0), 100 * kYear, c.journal_keep_bodies);
         }},
    {.name = "IDEMPOTENCY_TTL",
     .standard = "24h",
     .meaning = "how long an Idempotency-Key is remembered once its request has ended",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::minutes(1), 100 * kYear, c.idempotency_ttl);
         }},
    {.name = "REQUIRE_IDEMPOTENCY_KEY",
     .standard = "",
     .meaning = "operations that are refused without an Idempotency-Key, separated by commas, for example "
                "payment,fiscal",
     .take = [](Text v, Config& c) -> Allowed {
       c.keys_required = parse_list(v);
       return std::all_of(c.keys_required.begin(), c.keys_required.end(), is_name)
                  ? ""
                  : "names of operations, separated by commas";
     }},
    {.name = "UNIQUE_ORDERS",
     .standard = "",
     .meaning =
         "operations of which one order may have a single request that succeeds, separated by commas, for "
         "example payment; recommended for backends that send no Idempotency-Key; unset: none",
     .take = [](Text v, Config& c) -> Allowed {
       c.unique_orders = parse_list(v);
       return std::all_of(c.unique_orders.begin(), c.unique_orders.end(), is_name)
                  ? ""
                  : "names of operations, separated by commas";
     }},
    {.name = "UNIQUE_ORDERS_WINDOW",
     .standard = "24h",
     .meaning = "how long such an order is remembered once its request has ended",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::minutes(1), 100 * kYear, c.unique_orders_window);
         }},
    {.name = "CLAIM_OPERATIONS",
     .standard = "payment",
     .meaning = "operations whose answers must reach the backend, separated by commas: a success that it may "
                "not have received raises an alert; empty: none",
     .take = [](Text v, Config& c) -> Allowed {
       c.claim_operations = parse_list(v);
       return std::all_of(c.claim_operations.begin(), c.claim_operations.end(), is_name)
                  ? ""
                  : "names of operations, separated by commas";
     }},
    {.name = "UNCLAIMED_AFTER",
     .standard = "2m",
     .meaning = "how long the backend has to ask for such an answer before the alert is raised",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::seconds(1), std::chrono::hours(24), c.unclaimed_after);
         }},
    {.name = "JOURNAL_MAX_BYTES",
     .standard = "0",
     .meaning = "the journal size at which new requests are refused, for example 2G; one kiosk or key owner "
                "gets at most nine tenths of it; 0: no limit",
     .take = [](Text v, Config& c) { return take_bytes(v, c.journal_bytes_max); }},
    {.name = "CALLBACK_ALLOWED_HOSTS",
     .standard = "",
     .meaning =
         "hosts that Header-Callback-Url may name, separated by commas: names, *.example.com, addresses, "
         "networks (docs/callbacks.md); unset: callbacks are refused",
     .take = [](Text v, Config& c) -> Allowed {
       c.callback_hosts = v;
       const auto hosts = CallbackHosts::parse(v);
       return hosts ? "" : "a list of hosts; " + hosts.error().message;
     }},
    {.name = "CALLBACK_ALLOW_HTTP",
     .standard = "false",
     .meaning = "true: callbacks may go to http:// URLs too; anybody on the way can read them",
     .take = [](Text v, Config& c) { return take_boolean(v, c.callback_http); }},
    {.name = "DRAIN_TIMEOUT",
     .standard = "50",
     .meaning = "how long to wait for running requests at shutdown",
     .take =
         [](Text v, Config& c) {
           return take_duration(v, std::chrono::seconds(0), std::chrono::hours(1), c.drain_timeout);
         }},
    {.name = "SANDBOX",
     .standard = "true",
     .meaning =
         "false: the gateway keeps rights that it never needs: starting programs, writing outside of DATA_DIR",
     .take = [](Text v, Config& c) { return take_boolean(v, c.sandbox); }},
    {.name = "TELEGRAM_BOT_TOKEN",
     .standard = "",
     .meaning = "the bot's token from BotFather; unset: no bot",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.telegram_bot_token = v;
       return is_bot_token(v) ? "" : "a token from BotFather: digits, a colon, then letters, digits, _ and -";
     }},
    {.name = "TELEGRAM_ADMIN_IDS",
     .standard = "",
     .meaning = "who may use the bot: Telegram user ids, separated by commas",
     .use = SettingUse::live,
     .take = [](Text v, Config& c) -> Allowed {
       c.telegram_admin_ids.clear();
       for (const std::string& item : parse_list(v))
         if (!parse_number<std::int64_t>(item, 1, kChatIdMax, c.telegram_admin_ids.emplace_back()))
           return "Telegram user ids (numbers), separated by commas";
       return c.telegram_admin_ids.size() <= kAdminsMax ? "" : "at most 100 users";
     }},
    {.name = "TELEGRAM_LOG_CHAT_ID",
     .standard = "",
     .meaning = "the id of the chat for messages about connections and requests; group ids are negative",
     .take = [](Text v, Config& c) -> Allowed {
       return parse_number<std::int64_t>(v, -kChatIdMax, kChatIdMax, c.telegram_log_chat_id)
                  ? ""
                  : "a chat id (a number)";
     }},
    {.name = "TELEGRAM_API_URL",
     .standard = "https://api.telegram.org",
     .meaning = "the address of the Bot API; change it to use your own Bot API server",
     .take = [](Text v, Config& c) -> Allowed {
       while (v.ends_with('/')) v.remove_suffix(1);
       c.telegram_api_url = v;
       return v.starts_with("http://") || v.starts_with("https://")
                  ? ""
                  : "an address that begins with http:// or https://";
     }},
    {.name = "TELEGRAM_PROXY",
     .standard = "",
     .meaning = "the proxy for Telegram: http://user:password@host:port or socks5h://user:password@host:port",
     .secret = true,
     .take = [](Text v, Config& c) -> Allowed {
       c.telegram_proxy = v;
       return v.starts_with("http://") || v.starts_with("socks5h://")
                  ? ""
                  : "an address that begins with http:// or socks5h://";
     }},
    {.name = "ENABLE_TELEGRAM_POLLING",
     .standard = "true",
     .meaning = "false: the bot sends messages but accepts no commands",
     .take = [](Text v, Config& c) { return take_boolean(v, c.telegram_polling); }},
    {.name = "GATEWAY_URL",
     .standard = "",
     .meaning = "for the command line: the gateway's address; unset: this machine, at PORT",
     .use = SettingUse::cli,
     .take = [](Text v, Config& c) -> Allowed {
       c.gateway_url = v;
       return v.starts_with("http://") || v.starts_with("https://")
                  ? ""
                  : "an address that begins with http:// or https://";
     }},
    {.name = "GATEWAY_KEY",
     .standard = "",
     .meaning = "for the command line: the API key; unset: ADMIN_API_KEY, else DATA_DIR/admin.key",
     .secret = true,
     .use = SettingUse::cli,
     .take = [](Text v, Config& c) { return take_bearer(v, 1, c.gateway_key); }},
};

}  // namespace

std::span<const Setting> settings() { return kSettings; }

std::string file_name_of(const Setting& secret) { return std::string(secret.name) + "_FILE"; }

}  // namespace kgw
