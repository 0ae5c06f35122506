// The order at a turn's end matters: commits first (they free answers and frames), then the log, then the
// sockets.
#include "gateway/gateway.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "env/service_manager.hpp"
#include "gateway/api_rooms.hpp"
#include "gateway/doors.hpp"
#include "gateway/ground.hpp"
#include "gateway/lost_registry.hpp"
#include "gateway/office.hpp"
#include "gateway/pushes.hpp"
#include "gateway/relaying.hpp"
#include "gateway/store_opener.hpp"
#include "gateway/store_side.hpp"
#include "http/answers.hpp"
#include "store/forgetful_disk.hpp"

namespace kgw {
namespace {

constexpr auto kLastWords =
    std::chrono::seconds(2);  // at the very end, for commits and answers that are on their way

void tell_systemd(std::string_view state) {
  if (const char* const socket = std::getenv("NOTIFY_SOCKET"); socket != nullptr)
    tell_service_manager(socket, state);
}

// As many descriptors as the system lets us have: each kiosk is one.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Everything that needs a store: built in this order, each group from those above it; destroyed in reverse.
struct Serving {
  Serving(Ground& ground, Doors& of_doors, OpenedStore opened, std::function<void()> taken_over);

  void poll();
  void end_of_turn();
  std::optional<Instant> next_deadline();
  void on_tick(const Now& now);
  void drain();

  Ground& on;
  Doors& doors;
  StoreSide stores;            // what survives a restart
  Relaying relaying;           // a request's way to its kiosk, and the answer's back
  Office office;               // what operators change and are warned of
  Pushes pushes;               // what is sent unasked: to Grafana, Telegram and backends
  ApiRooms rooms;              // what is asked over HTTP
  LostRegistry lost_registry;  // for a Redis that lost its data

 private:
  void take_over_image();
  void log_start() const;

  std::chrono::nanoseconds paused_told_{};  // of loop.paused(), to the Relay
};

}  // namespace

// What a gateway is made of: built in this order, destroyed in reverse.
struct Gateway::Parts {
  Parts(std::unique_ptr<Ground> of_ground, std::unique_ptr<StoreOpener> of_opener, Secrets secrets);

  const std::unique_ptr<Ground> ground;       // settings, clock, log, loop
  const std::unique_ptr<StoreOpener> opener;  // tries until there is a store
  Doors doors;                                // who may come in, and what waits meanwhile
  std::optional<Serving> serving;             // once there is a store
  std::optional<Instant> drain_ends;          // set by the first SIGTERM
  std::optional<Instant> last_words_end;      // set when that time is over and all who waited were answered
  int exit_code = 0;

  Result<void> listen();
  void serve(OpenedStore opened);
  void on_wake();
  void on_signal(int signal);
  void end_of_turn();
  std::optional<Instant> next_timer();
  void on_timer(const Now& now);
};

Gateway::Parts::Parts(std::unique_ptr<Ground> of_ground, std::unique_ptr<StoreOpener> of_opener,
                      Secrets secrets)
    : ground(std::move(of_ground)), opener(std::move(of_opener)), doors(*ground, std::move(secrets), [this] {
        return without_folder(opener->why(), ground->config.data_dir);
      }) {
  Loop& loop = ground->loop;
  loop.set_on_wake([this] { on_wake(); });
  loop.set_end_of_turn([this] { end_of_turn(); });
  loop.set_timer([this] { return next_timer(); }, [this](const Now& now) { on_timer(now); });
  loop.on_signals([this](int signal) { on_signal(signal); });
}

Result<std::unique_ptr<Gateway>> Gateway::open(const LoadedConfig& loaded,
                                               std::function<LoadedConfig()> read_again,
                                               std::string_view given_up) {
  static const SystemClock clock;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is a full disk, not the end
  raise_file_limit();
  auto ground = std::make_unique<Ground>(loaded, std::move(read_again), clock);
  const Config& config = ground->config;
  Loop& loop = ground->loop;
  Log& log = ground->log;
  if (!given_up.empty()) log.write(LogLevel::info, "sandbox", {{"given_up", given_up}});
  for (const std::string& warning : loaded.warnings)
    log.write(LogLevel::warning, "setting", {{"warning", warning}});

  auto opener = std::make_unique<StoreOpener>(config, clock, loop, log, ground->node, ground->nonce());
  auto home = opener->open();
  if (!home && !opener->may_pass()) return home.error();
  auto secrets = open_secrets(config, ground->random);
  if (!secrets) return secrets.error();
  if (const auto why = ground->in_redis() ? std::nullopt : forgetful_disk_warning(config.data_dir))
    log.write(LogLevel::warning, "data_dir_is_forgetful", {{"why", *why}});
  auto parts = std::make_unique<Parts>(std::move(ground), std::move(opener), std::move(*secrets));
  loop.catch_up();  // a large journal took its time
  if (home) parts->serve(std::move(*home));
  if (auto listens = parts->listen(); !listens) return listens.error();
  if (!home) {
    log.write(LogLevel::warning, "waiting_for_store", {{"why", home.error().message}});
    parts->opener->start(home.error().message);
  }
  log.flush();
  return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

Result<void> Gateway::Parts::listen() {
  HttpServer& server = doors.server;
  HttpServer::Settings listening;
  listening.host = ground->config.host;
  listening.port = ground->config.port;
  auto tls = doors.certificate.open(ground->clock.now().wall);
  if (!tls) return tls.error();
  listening.tls = std::move(*tls);
  if (auto listens = server.listen(listening); !listens) return listens.error();
  ground->log.write(LogLevel::info, "listening",
                    {{"host", ground->config.host},
                     {"port", static_cast<std::int64_t>(server.port())},
                     {"dashboard", doors.url("http", ground->config.host) + "/dashboard"}});
  tell_systemd("READY=1");
  constexpr std::size_t kFewConnections = 1000;
  if (const std::size_t room = server.connections_max(); room < kFewConnections)
    ground->log.write(
        LogLevel::warning, "few_descriptors",
        {{"connections_max", static_cast<std::int64_t>(room)},
         {"why",
          "each kiosk and each caller uses one file descriptor, and the system allows only a few; "
          "raise the limit (ulimit -n, LimitNOFILE=, or --ulimit nofile=)"}});
  return {};
}

// ---------------------------------------------------------------- with a store

Serving::Serving(Ground& ground, Doors& of_doors, OpenedStore opened, std::function<void()> taken_over)
    : on(ground),
      doors(of_doors),
      stores(on, std::move(opened)),
      relaying(on, doors, stores),
      office(on, doors, stores, relaying),
      pushes(on, doors, stores, relaying, office),
      rooms(on, doors, stores, relaying, office, pushes),
      lost_registry({relaying.shell.relay(), doors.keys, stores.kept}, *stores.home.store, office.queue,
                    on.loop, on.log) {
  take_over_image();
  relaying.shell.set_alarms({[this](bool lost_data) {
                               lost_registry.on_recovered(lost_data);
                               if (lost_data) relaying.unclaimed.write_again();
                             },
                             std::move(taken_over)});
  log_start();
}

void Serving::take_over_image() {
  StoreImage& image = stores.home.image;
  relaying.ids.resume_above(image.last_journal_key);
  relaying.shell.restore(image);
  relaying.unclaimed.restore(image.unclaimed);
  for (const KeyRecord& key : image.keys) doors.keys.put(key);
  image = {};
}

void Serving::log_start() const {
  const Config& config = on.config;
  const std::string& weakness = stores.home.weakness;
  const Relay& relay = relaying.shell.relay();
  if (!weakness.empty()) on.log.write(LogLevel::warning, "store_is_weak", {{"why", weakness}});
  on.log.write(LogLevel::info, "gateway_started",
               {{"version", std::string_view(KGW_VERSION)},
                {"store", on.in_redis() ? std::string_view("redis") : std::string_view("embedded")},
                {"journal", config.journal_strict ? std::string_view("strict") : std::string_view("off")},
                {"data_dir", config.data_dir},
                {"kiosks", static_cast<std::int64_t>(relay.kiosks().size())},
                {"restored_requests", static_cast<std::int64_t>(relay.exchanges())}});
  if (config.open_to == OpenTo::nobody && !doors.keys.may_send(on.loop.now().wall))
    on.log.write(LogLevel::warning, "no_key_may_send",
                 {{"what_to_do",
                   "No backend can send requests yet: create a key with `kiosk-gateway key add NAME`, and have "
                   "the backend send `Authorization: Bearer KEY` with every call."}});
}

void Serving::poll() {
  pushes.poll();
  stores.home.store->poll();
}

void Serving::end_of_turn() {
  pushes.callbacks.end_of_turn();  // what it records goes into this turn's commit
  relaying.shell.end_of_turn();
  office.alerts.end_of_turn();
}

std::optional<Instant> Serving::next_deadline() {
  std::optional<Instant> next = rooms.events.next_deadline();
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  sooner(rooms.requests.polls().next_deadline());
  sooner(rooms.async.next_deadline());
  sooner(rooms.feed.polls().next_deadline());
  sooner(relaying.shell.next_deadline());
  sooner(relaying.unclaimed.next_deadline());
  sooner(relaying.kiosk_door.pings().next_deadline());
  sooner(relaying.series.next_sample());
  sooner(office.alerts.next_deadline());
  sooner(pushes.observatory.next_deadline());
  sooner(pushes.callbacks.next_deadline());
  if (pushes.bot) sooner(pushes.bot->next_deadline());
  return next;
}

void Serving::on_tick(const Now& now) {
  RelayShell& shell = relaying.shell;
  const auto paused = on.loop.paused() - std::exchange(paused_told_, on.loop.paused());
  if (paused > std::chrono::nanoseconds(0))
    shell.apply([&](Relay& relay, Now, Effects&) { relay.on_paused(now, paused); });
  shell.on_tick(now);
  relaying.unclaimed.on_tick(now);
  relaying.kiosk_door.pings().on_tick(now);
  pushes.observatory.on_tick(now);
  pushes.callbacks.on_tick(now);
  stores.registry.on_tick(now);
  rooms.login.on_tick(now);
  office.alerts.on_tick(now);
  if (pushes.bot) pushes.bot->on_tick(now);
  rooms.events.on_tick(now);
  rooms.requests.polls().on_tick(now);
  rooms.async.on_tick(now);
  rooms.feed.polls().on_tick(now);
  const Metrics& metrics = on.metrics;
  if (now.steady >= relaying.series.next_sample())
    relaying.series.sample(
        now, {metrics.requests + metrics.refused, metrics.answers, metrics.errors, shell.relay().online()});
}

void Serving::drain() {
  relaying.shell.apply([](Relay& relay, Now now, Effects& effects) { relay.on_drain(now, effects); });
  rooms.events.on_drain();
}

// ---------------------------------------------------------------- turns

void Gateway::Parts::serve(OpenedStore opened) {
  serving.emplace(*ground, doors, std::move(opened), [this] {
    exit_code = 1;
    ground->loop.stop();
  });
}

void Gateway::Parts::on_wake() {
  ground->reload.poll();
  if (serving) return serving->poll();
  if (auto opened = opener->take()) serve(std::move(*opened));
}

void Gateway::Parts::end_of_turn() {
  Loop& loop = ground->loop;
  HttpServer& server = doors.server;
  if (serving) serving->end_of_turn();
  ground->log.end_of_turn(loop.now().steady);
  const RelayShell* const shell = serving ? &serving->relaying.shell : nullptr;
  if (shell) server.read_kiosks(shell->relay().bytes_held() <= limits::kExchangeBytesMax);
  server.flush();
  ground->metrics.turns.record(ground->clock.now().steady - loop.now().steady);
  if (!drain_ends) return;
  const bool done = !serving || (shell->idle() && serving->relaying.unclaimed.idle());
  const bool told = done && !server.has_unsent();
  if (told || (last_words_end && loop.now().steady >= *last_words_end)) loop.stop();
}

std::optional<Instant> Gateway::Parts::next_timer() {
  std::optional<Instant> next = serving ? serving->next_deadline() : std::nullopt;
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  sooner(doors.server.next_deadline());
  sooner(ground->log.next_deadline());
  if (drain_ends) sooner(last_words_end ? *last_words_end : *drain_ends);
  return next;
}

void Gateway::Parts::on_timer(const Now& now) {
  doors.server.on_tick(now);
  if (!serving) return;
  serving->on_tick(now);
  if (!drain_ends || last_words_end || now.steady < *drain_ends) return;
  last_words_end =
      ground->loop.now().steady + kLastWords;  // however long it stood still: the store needs its time
  serving->relaying.shell.apply(
      [](Relay& relay, Now at, Effects& effects) { relay.on_drain_expired(at, effects); });
}

void Gateway::Parts::on_signal(int signal) {
  if (signal == SIGHUP) return ground->reload.start();
  const Instant now = ground->loop.now().steady;
  if (drain_ends) {  // a second time: whoever waits is told now
    drain_ends = std::min(*drain_ends, now);
    return;
  }
  const std::size_t running = serving ? serving->relaying.shell.relay().exchanges() : 0;
  tell_systemd("STOPPING=1");
  ground->log.write(LogLevel::info, "stopping", {{"running_requests", static_cast<std::int64_t>(running)}});
  drain_ends = now + ground->config.drain_timeout;
  if (serving) serving->drain();
}

// ---------------------------------------------------------------- a gateway's life

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Gateway::~Gateway() = default;

std::string Gateway::url(std::string_view scheme) const {
  return parts_->doors.url(scheme, parts_->ground->config.host);
}
void Gateway::stop() { parts_->ground->loop.stop(); }
KioskChanges& Gateway::kiosks() { return parts_->serving->office.kiosks; }
std::string Gateway::lend_dashboard_link() {
  const Caller admin{nullptr, kAllScopes, true, 0};
  return "/dashboard#code=" + parts_->doors.sessions.make_code(admin, parts_->ground->loop.now().wall).text;
}
IssuedKey Gateway::lend_key(KeyRecord record) { return parts_->serving->office.keys.lend(std::move(record)); }

int Gateway::run() {
  Parts& p = *parts_;
  p.ground->loop.run();
  p.doors.server.stop_listening();
  // Alone, kiosks are told at the very end, so that they find the new process and not a closed door.
  p.doors.server.close_all(WsClose::restart, "gateway restarts");
  p.opener->stop();
  if (auto late = p.opener->take()) late->store->close();
  if (p.serving) p.serving->relaying.shell.on_end();
  if (p.serving) p.serving->stores.home.store->close();
  p.ground->log.write(LogLevel::info, "stopped");
  if (p.serving) p.serving->pushes.observatory.finish();
  p.ground->log.flush();
  return p.exit_code;
}

}  // namespace kgw
