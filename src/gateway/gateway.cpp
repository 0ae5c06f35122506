// The order of a turn's end matters: commits first (they free answers and frames), then the log, then the
// sockets.
#include "gateway/gateway.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "api/alerts_api.hpp"
#include "api/backup_api.hpp"
#include "api/dashboard/login.hpp"
#include "api/front_door.hpp"
#include "api/history_api.hpp"
#include "api/insight_api.hpp"
#include "api/keys_api.hpp"
#include "api/kiosks_api.hpp"
#include "api/live_events.hpp"
#include "api/move_api.hpp"
#include "api/requests_api.hpp"
#include "api/send_handler.hpp"
#include "api/status_pages.hpp"
#include "api/waiting_room.hpp"
#include "gateway/alerts.hpp"
#include "gateway/fleet_bot.hpp"
#include "gateway/store_opener.hpp"
#include "http/answers.hpp"
#include "live/news_gathering.hpp"
#include "live/observatory.hpp"
#include "live/observed_registry.hpp"
#include "settings/reload.hpp"
#include "settings/secrets.hpp"
#include "shell/http_teller.hpp"
#include "shell/intake.hpp"
#include "store/forgetful_disk.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

constexpr auto kLastWords =
    std::chrono::seconds(2);  // at the very end, for commits and answers that are on their way

std::string node_name(const Config& config) {
  if (!config.node_id.empty()) return config.node_id;
  std::array<char, 65> host{};
  return gethostname(host.data(), host.size() - 1) == 0 ? std::string(host.data()) : std::string("gateway");
}

// Tells two lives of one node apart.
std::string random_nonce(Random& random) {
  std::array<std::uint8_t, 9> bytes{};
  random.fill(bytes);
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

RelaySettings relay_settings(const Config& config) {
  RelaySettings settings;
  settings.max_in_flight = config.max_in_flight;
  settings.allow_duplicates = config.allow_duplicates;
  return settings;
}

// As many descriptors as the system lets us have: each kiosk is one.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

SendSettings send_settings(const Config& config) {
  const bool journaled = config.journal_strict || !config.redis_url.empty();
  return {config.timeout, config.timeout_max, journaled, config.keys_required};
}

}  // namespace

// What a gateway is made of, in the order in which it is built.
struct Gateway::Parts {
  Parts(const Config& settings, const Clock& time) : config(settings), clock(time) {}

  const Config config;
  const Clock& clock;
  SystemRandom random;
  Metrics metrics;
  KioskSeries kiosk_series{config.metrics_per_kiosk};
  Log log{clock, Log::Settings{config.log_level, isatty(STDOUT_FILENO) == 1, STDOUT_FILENO}};
  Loop loop{clock};
  RequestIdGenerator ids{random};
  OpenedStore home;
  std::optional<TokenAuthority> tokens;
  KeyRing keys;
  DashboardSessions sessions{keys, random};
  std::optional<Access> access;
  std::optional<FrontDoor> front;
  std::optional<HttpServer> server;
  News news;
  KioskFaults faults;
  std::optional<ObservedRegistry> observed;
  std::optional<Series> series;
  std::optional<NewsGathering> news_gathering;
  std::optional<HttpTeller> teller;
  std::optional<CallerDesk> callers;
  std::optional<RelayShell> shell;
  std::optional<KioskDoor> kiosk_door;
  std::optional<Intake> intake;
  std::optional<SendHandler> send;
  std::optional<RequestsApi> requests;
  ChangeQueue changes{loop};
  Slices slices{loop};
  std::optional<KioskChanges> kiosk_changes;
  std::optional<KeyChanges> key_changes;
  std::optional<KiosksApi> kiosks;
  std::optional<KeysApi> keys_api;
  CursorSeal seal{random_nonce(random)};
  ReadShares reads;
  std::optional<HistoryApi> history_api;
  std::optional<MoveApi> move;
  std::optional<BackupApi> backup;
  std::optional<KeptSettings> kept;
  std::optional<Alerts> alerts;
  std::optional<AlertsApi> alerts_api;
  std::optional<DashboardLogin> login;
  std::optional<KioskRows> kiosk_rows;
  std::optional<LiveEvents> events;
  std::optional<InsightApi> insight;
  std::optional<StatusPages> status;
  std::optional<Observatory> observatory;
  std::optional<FleetBot> telegram;
  std::optional<Reload> reload;
  std::optional<Instant> drain_ends;       // set by the first SIGTERM
  std::optional<Instant> last_words_end;   // set when that time is over and whoever waited was told
  bool registry_owed = false;              // the store has lost it, and does not have it again
  std::chrono::nanoseconds paused_told{};  // of loop.paused(), to the Relay

  std::optional<StoreOpener> opener;
  std::optional<WaitingRoom> waiting_room;
  int exit_code = 0;

  std::string url(std::string_view scheme) const;
  Result<void> open_secrets();
  void wire_door();
  void wire_rooms(OpenedStore opened);
  void wire_telegram();
  void on_wake();
  void write_registry_again();
  void on_signal(int signal);
  void end_of_turn();
  std::optional<Instant> next_timer();
  void on_timer(const Now& now);
};

std::string Gateway::Parts::url(std::string_view scheme) const {
  const bool any = config.host == "::" || config.host == "0.0.0.0";
  const std::string host = any                                          ? "127.0.0.1"
                           : config.host.find(':') != std::string::npos ? "[" + config.host + "]"
                                                                        : config.host;
  return std::string(scheme) + "://" + host + ":" + std::to_string(server->port());
}

Result<void> Gateway::Parts::open_secrets() {
  const std::filesystem::path dir = config.data_dir;
  if (std::error_code ignored; config.jwt_secret.empty() || config.admin_api_key.empty())
    std::filesystem::create_directories(dir, ignored);  // what fails here is told by the next lines
  auto jwt = config.jwt_secret.empty() ? read_or_make_secret(dir / "jwt.secret", "", random)
                                       : Result<std::string>(config.jwt_secret);
  if (!jwt) return jwt.error();
  auto admin = config.admin_api_key.empty() ? read_or_make_secret(dir / "admin.key", "kgw_", random)
                                            : Result<std::string>(config.admin_api_key);
  if (!admin) return admin.error();
  tokens.emplace(config.jwt_algorithm, std::move(*jwt), config.jwt_secret_previous);
  access.emplace(Access::Settings{std::move(*admin), config.metrics_token, config.open_to, config.trust_proxy},
                 keys, sessions);
  return {};
}

// What stands before there is a store.
void Gateway::Parts::wire_door() {
  front.emplace(*access, loop, log);
  server.emplace(loop, *front, *front);
  waiting_room.emplace(node_name(config), loop,
                       [this] { return without_folder(opener->why(), config.data_dir); });
  front->let_wait(*server, *waiting_room);
  loop.set_on_wake([this] { on_wake(); });
  loop.set_end_of_turn([this] { end_of_turn(); });
  loop.set_timer([this] { return next_timer(); }, [this](const Now& now) { on_timer(now); });
  loop.on_signals([this](int signal) { on_signal(signal); });
}

void Gateway::Parts::wire_rooms(OpenedStore opened) {
  home = std::move(opened);
  observed.emplace(*home.store, news, faults, clock);
  Registry& registry = *observed;
  Journal& journal = *home.store;
  History& history = *home.store;
  teller.emplace(*server, config.legacy_http_status);
  callers.emplace(*teller);
  const Reports reports{log, metrics, kiosk_series};
  shell.emplace(relay_settings(config), loop, *callers, journal, reports, OutcomeRules(config.outcome_rules));
  series.emplace(loop.now().steady);
  news_gathering.emplace(shell->relay(), *series, faults, news, loop);
  shell->onlookers().add(*news_gathering);
  kiosk_door.emplace(
      KioskSession::Surroundings{*shell, *server, log, metrics, KioskMessageReader(shell->rules())}, *tokens,
      *access, loop, registry);
  shell->set_door(*kiosk_door);
  intake.emplace(Intake::Settings{send_settings(config), config.data_dir}, *shell, ids, loop, journal, reports);
  const Changing changing{changes, loop, registry, log};
  const Reading reading{*server, history, reads, slices};
  send.emplace(*intake, *server, config.legacy_http_status);
  requests.emplace(reading);
  kiosk_changes.emplace(config, *shell, *tokens, random, changing);
  key_changes.emplace(keys, random, changing);
  kiosk_rows.emplace(*kiosk_door, faults);
  kiosks.emplace(KiosksApi::Kiosks{*shell, *kiosk_door, *kiosk_rows, *kiosk_changes}, *send, *access, changing,
                 reading);
  keys_api.emplace(*key_changes, keys, *access, loop, *server);
  history_api.emplace(reading, seal);
  move.emplace(MoveParts{changing, reading, *kiosk_changes, keys, *shell, *access, journal});
  backup.emplace(config.data_dir, *server, history, log);
  kept.emplace(registry, home.image.settings);
  alerts.emplace(*shell, *kept, loop, journal, history, log);
  if (!home.weakness.empty()) alerts->on_store_weak(home.weakness);
  alerts_api.emplace(*server, alerts->book(), seal, slices);
  login.emplace(sessions, *access, loop, *server, registry, log);
  status.emplace(StatusPages::About{node_name(config), !config.redis_url.empty(), config.data_dir}, *shell,
                 loop, *server, journal, metrics);
  observatory.emplace(
      Observatory::Parts{config, *shell, loop, *server, journal, log, metrics, alerts->book(), clock, random},
      node_name(config));
  status->set_pushes([this] { return observatory->pushes(); });
  events.emplace(random_nonce(random), LiveEvents::Shown{news, *kiosk_rows, *status, *shell, alerts->book()},
                 seal, *access, loop, *server);
  insight.emplace(*series, *reload, *server);
  front->open({*server, *send, *requests, *kiosks, *keys_api, *history_api, *move, *backup, *alerts_api, *login,
               *events, *insight, *kiosk_door, *status, *observatory, *shell});

  if (!config.telegram_bot_token.empty()) wire_telegram();

  journal.set_listener(*shell);
  ids.resume_above(home.image.last_journal_key);
  shell->restore(home.image);
  for (const KeyRecord& key : home.image.keys) keys.put(key);
  home.image = {};

  shell->set_alarms({[this](bool lost_data) {
                       registry_owed = registry_owed || lost_data;
                       if (registry_owed) write_registry_again();
                     },
                     [this] {
                       exit_code = 1;
                       loop.stop();
                     }});
  if (!home.weakness.empty()) log.write(LogLevel::warning, "store_is_weak", {{"why", home.weakness}});
  log.write(LogLevel::info, "gateway_started",
            {{"version", std::string_view(KGW_VERSION)},
             {"store", config.redis_url.empty() ? std::string_view("embedded") : std::string_view("redis")},
             {"journal", config.journal_strict ? std::string_view("strict") : std::string_view("off")},
             {"data_dir", config.data_dir},
             {"kiosks", static_cast<std::int64_t>(shell->relay().kiosks().size())},
             {"restored_requests", static_cast<std::int64_t>(shell->relay().exchanges())}});
  if (config.open_to == OpenTo::nobody && !keys.may_send(loop.now().wall))
    log.write(LogLevel::warning, "no_key_may_send",
              {{"what_to_do",
                "No backend can send requests yet: create a key with `kiosk-gateway key add NAME`, and have "
                "the backend send `Authorization: Bearer KEY` with every call."}});
}

// Only now, with a store: what holds the store's lease, and nobody else, asks Telegram what people want.
void Gateway::Parts::wire_telegram() {
  telegram.emplace(config,
                   TelegramConsole::Rooms{*shell, *kiosk_door, *kiosk_changes, *key_changes, keys, *intake,
                                          *alerts, *kept, loop, *home.store, *observed, *home.store, metrics},
                   node_name(config), random, log);
  observatory->watch([this] { return telegram->figures(); });
  reload->set_applied([this](const Config& read) { telegram->set_admins(read.telegram_admin_ids); });
}

void Gateway::Parts::on_wake() {
  reload->poll();
  if (observatory) observatory->poll();
  if (telegram) telegram->poll();
  if (home.store) return home.store->poll();
  if (auto opened = opener->take()) wire_rooms(std::move(*opened));
}

// A Redis that came back without what it had: the kiosks and keys are still known here. Should it go again
// before they are written, they are owed to it still.
void Gateway::Parts::write_registry_again() {
  std::vector<RegistryChange> all;
  for (const auto& [id, kiosk] : shell->relay().kiosks()) all.emplace_back(kiosk->record);
  for (const auto& [id, key] : keys) all.emplace_back(*key);
  for (const auto& [name, value] : *kept) all.emplace_back(SettingRecord{name, value});
  all.emplace_back(
      AuditRecord{loop.now().wall, "gateway", "gateway", {}, "registry_restored", "", "the store had lost it"});
  home.store->write_registry(std::move(all), [this](const Result<void>& done) {
    if (done) registry_owed = false;
    log.write(done ? LogLevel::warning : LogLevel::error, done ? "registry_restored" : "registry_not_restored");
  });
}

Result<std::unique_ptr<Gateway>> Gateway::open(const LoadedConfig& loaded,
                                               std::function<LoadedConfig()> read_again) {
  static const SystemClock clock;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is a full disk, not the end
  raise_file_limit();
  const Config& config = loaded.config;
  auto parts = std::make_unique<Parts>(config, clock);
  for (const std::string& warning : loaded.warnings)
    parts->log.write(LogLevel::warning, "setting", {{"warning", warning}});

  parts->opener.emplace(config, clock, parts->loop, parts->log, node_name(config), random_nonce(parts->random));
  auto home = parts->opener->open();
  if (!home && !parts->opener->may_pass()) return home.error();
  if (auto secrets = parts->open_secrets(); !secrets) return secrets.error();
  if (const auto why = config.redis_url.empty() ? forgetful_disk_warning(config.data_dir) : std::nullopt)
    parts->log.write(LogLevel::warning, "data_dir_is_forgetful", {{"why", *why}});
  parts->reload.emplace(loaded.values, std::move(read_again), parts->loop, parts->log);
  parts->wire_door();
  parts->loop.catch_up();  // a large journal took its time
  if (home) parts->wire_rooms(std::move(*home));

  HttpServer::Settings listening;
  listening.host = config.host;
  listening.port = config.port;
  if (auto listens = parts->server->listen(listening); !listens) return listens.error();
  parts->log.write(LogLevel::info, "listening",
                   {{"host", config.host},
                    {"port", static_cast<std::int64_t>(parts->server->port())},
                    {"dashboard", parts->url("http") + "/dashboard"}});
  constexpr std::size_t kFewConnections = 1000;
  if (const std::size_t room = parts->server->connections_max(); room < kFewConnections)
    parts->log.write(LogLevel::warning, "few_descriptors",
                     {{"connections_max", static_cast<std::int64_t>(room)},
                      {"why",
                       "each kiosk and each caller uses one file descriptor, and the system allows only a few; "
                       "raise the limit (ulimit -n, LimitNOFILE=, or --ulimit nofile=)"}});
  if (!home) {
    parts->log.write(LogLevel::warning, "waiting_for_store", {{"why", home.error().message}});
    parts->opener->start(home.error().message);
  }
  parts->log.flush();
  return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

// ---------------------------------------------------------------- turns

void Gateway::Parts::end_of_turn() {
  if (shell) shell->end_of_turn();
  if (alerts) alerts->end_of_turn();
  log.end_of_turn(loop.now().steady);
  if (shell) server->take_large_messages(shell->relay().bytes_held() < limits::kExchangeBytesMax);
  server->flush();
  metrics.turns.record(clock.now().steady - loop.now().steady);
  if (!drain_ends) return;
  const Now& now = loop.now();
  const bool told = (!shell || shell->idle()) && !server->has_unsent();
  if (told || (last_words_end && now.steady >= *last_words_end)) loop.stop();
}

std::optional<Instant> Gateway::Parts::next_timer() {
  std::optional<Instant> next;
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (shell) {
    sooner(shell->next_deadline());
    sooner(kiosk_door->pings().next_deadline());
    sooner(observatory->next_deadline());
    sooner(alerts->next_deadline());
    if (telegram) sooner(telegram->next_deadline());
    sooner(events->next_deadline());
    sooner(series->next_sample());
  }
  sooner(server->next_deadline());
  sooner(log.next_deadline());
  if (drain_ends) sooner(last_words_end ? *last_words_end : *drain_ends);
  return next;
}

void Gateway::Parts::on_timer(const Now& now) {
  server->on_tick(now);
  if (!shell) return;
  const auto paused = loop.paused() - std::exchange(paused_told, loop.paused());
  if (paused > std::chrono::nanoseconds(0))
    shell->apply([&](Relay& relay, Now, Effects&) { relay.on_paused(now, paused); });
  shell->on_tick(now);
  kiosk_door->pings().on_tick(now);
  observatory->on_tick(now);
  observed->on_tick(now);
  login->on_tick(now);
  alerts->on_tick(now);
  if (telegram) telegram->on_tick(now);
  events->on_tick(now);
  if (now.steady >= series->next_sample())
    series->sample(
        now, {metrics.requests + metrics.refused, metrics.answers, metrics.errors, shell->relay().online()});
  if (drain_ends && !last_words_end && now.steady >= *drain_ends) {
    last_words_end = loop.now().steady + kLastWords;  // however long it stood still: the store needs its time
    shell->apply([](Relay& relay, Now at, Effects& effects) { relay.on_drain_expired(at, effects); });
  }
}

void Gateway::Parts::on_signal(int signal) {
  if (signal == SIGHUP) return reload->start();
  if (drain_ends) {  // a second time: whoever waits is told now
    drain_ends = std::min(*drain_ends, loop.now().steady);
    return;
  }
  log.write(LogLevel::info, "stopping",
            {{"running_requests", shell ? static_cast<std::int64_t>(shell->relay().exchanges()) : 0}});
  drain_ends = loop.now().steady + config.drain_timeout;
  if (!shell) return;
  shell->apply([](Relay& relay, Now, Effects&) { relay.on_drain(); });
  events->on_drain();
}

// ---------------------------------------------------------------- a gateway's life

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Gateway::~Gateway() = default;

std::string Gateway::url(std::string_view scheme) const { return parts_->url(scheme); }
void Gateway::stop() { parts_->loop.stop(); }
KioskChanges& Gateway::kiosks() { return *parts_->kiosk_changes; }
std::string Gateway::lend_dashboard_link() {
  const Caller admin{nullptr, kAllScopes, true, 0};
  return "/dashboard#code=" + parts_->sessions.make_code(admin, parts_->loop.now().wall).text;
}
IssuedKey Gateway::lend_key(KeyRecord record) { return parts_->key_changes->lend(std::move(record)); }

int Gateway::run() {
  Parts& p = *parts_;
  p.loop.run();
  p.server->stop_listening();
  // Alone, kiosks are told at the very end, so that they find the new process and not a closed door.
  p.server->close_all(WsClose::restart, "gateway restarts");
  p.opener->stop();
  if (auto late = p.opener->take()) p.home = std::move(*late);
  if (p.shell) p.shell->on_end();
  if (p.home.store) p.home.store->close();
  p.log.write(LogLevel::info, "stopped");
  if (p.observatory) p.observatory->finish();
  p.log.flush();
  return p.exit_code;
}

}  // namespace kgw
