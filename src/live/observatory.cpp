#include "live/observatory.hpp"

#include <unistd.h>

#include <memory>
#include <utility>

#include "http/answers.hpp"

namespace kgw {
namespace {

// Unique among the gateways; the kernel only picks the port in tests.
std::string instance_of(const Config& config, const std::string& node) {
  return node + ':' + std::to_string(config.port != 0 ? int{config.port} : int{getpid()});
}

}  // namespace

Observatory::Observatory(const Parts& parts, const std::string& node)
    : config_(parts.config),
      shell_(parts.shell),
      loop_(parts.loop),
      server_(parts.server),
      journal_(parts.journal),
      log_(parts.log),
      metrics_(parts.metrics),
      alerts_(parts.alerts),
      clock_(parts.clock),
      started_(parts.loop.now().steady),
      worker_([&loop = parts.loop] { loop.wake(); }) {
  const Config& config = parts.config;
  Loop& loop = parts.loop;
  Log& log = parts.log;
  const auto note = [&log](std::string_view fails, std::string_view works) {
    return [&log, fails, works](const std::string& why) {
      if (why.empty()) log.write(LogLevel::info, works);
      else log.write(LogLevel::warning, fails, {{"why", why}});
    };
  };
  if (config.grafana_prometheus.url.empty() && config.grafana_loki.url.empty()) return;
  client_.emplace([&loop] { loop.wake(); });
  const PushLine::Means means{*client_, parts.clock, parts.random};
  if (!config.grafana_prometheus.url.empty())
    metrics_push_.emplace(config.grafana_prometheus, instance_of(config, node), worker_, means,
                          note("metrics_push_failed", "metrics_push_works"));
  if (config.grafana_loki.url.empty()) return;
  log_push_.emplace(config.grafana_loki, LokiLabels{config.environment, node}, worker_, means,
                    note("logs_push_failed", "logs_push_works"));
  log.set_tap([this](std::string_view lines) { log_push_->add(lines, loop_.now().steady); });
}

Observatory::~Observatory() {
  log_.set_tap({});
  worker_.stop();
}

std::vector<PushFigures> Observatory::pushes() const {
  std::vector<PushFigures> all;
  if (metrics_push_) all.push_back(metrics_push_->figures());
  if (log_push_) all.push_back(log_push_->figures());
  for (const auto& other : others_) all.push_back(other());
  return all;
}

Snapshot Observatory::take() const {
  const Relay& relay = shell_.relay();
  const HttpServerStats& net = server_.stats();
  StoreStats store = journal_.stats();
  Snapshot now;
  now.metrics = metrics_;
  now.kiosks_online = relay.online();
  now.kiosks_total = relay.kiosks().size();
  now.in_flight = relay.exchanges();
  now.waiting = relay.waiting();
  now.bytes_held = relay.bytes_held();
  now.draining = relay.draining();
  now.net = {net.connections, net.websockets, net.accepted,     net.refused,
             net.bytes_in,    net.bytes_out,  net.bad_requests, net.ws_faults};
  now.store = {.kind = config_.redis_url.empty() ? "embedded" : "redis",
               .durability = std::string(name(journal_.durability())),
               .up = relay.store_up(),
               .commits = store.commits,
               .records = store.records,
               .queue_bytes = store.queue_bytes,
               .dropped_connections = store.dropped_connections,
               .commit_time = store.commit_time,
               .batch_size = store.batch_size,
               .read_time = store.read_time};
  now.log_lines = log_.lines();
  now.log_dropped = log_.dropped();
  now.uptime_seconds = std::chrono::duration<double>(loop_.now().steady - started_).count();
  now.per_kiosk = config_.metrics_per_kiosk;
  now.kiosks = shell_.series().rows();
  for (std::size_t i = 0; i < kAlertKindCount; ++i) {
    now.alerts_raised[i] = alerts_.raised(static_cast<AlertKind>(i));
    now.alerts_open[i] = alerts_.open(static_cast<AlertKind>(i));
  }
  now.pushes = pushes();
  if (callbacks_) now.callbacks = callbacks_();
  now.legacy_names = config_.metrics_legacy_names;
  return now;
}

void Observatory::scrape(HttpCallId call) {
  auto task = [this, call, now = std::make_shared<const Snapshot>(take())]() -> Worker::Rest {
    return [this, call, text = exposition(collect(*now))] {
      HttpResponse response;
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      response.extra_fields = kNoStore;
      response.body = text;
      server_.respond(call, response);
    };
  };
  if (!worker_.post(std::move(task))) respond_error(server_, call, ErrorCode::overloaded);
}

void Observatory::poll() {
  worker_.poll();
  if (client_) client_->poll();
}

std::optional<Instant> Observatory::next_deadline() const {
  std::optional<Instant> next;
  if (metrics_push_) next = metrics_push_->next_deadline();
  const auto of_logs = log_push_ ? log_push_->next_deadline() : std::nullopt;
  return of_logs && (!next || *of_logs < *next) ? of_logs : next;
}

void Observatory::on_tick(const Now& now) {
  if (log_push_) log_push_->on_tick(now.steady);
  if (!metrics_push_) return;
  metrics_push_->on_tick(now.steady);
  if (metrics_push_->due(now.steady)) metrics_push_->push(now, take());
}

void Observatory::finish() {
  if (metrics_push_) metrics_push_->hold();
  if (log_push_) log_push_->hold();
  log_.flush();
  worker_.stop();
  worker_.poll();
  client_.reset();
  const Now now = clock_.now();
  const Instant until = now.steady + limits::kLastPushTime;
  if (metrics_push_) metrics_push_->finish(now, take(), until);
  if (log_push_) log_push_->finish(until);
  log_.set_tap({});
}

}  // namespace kgw
