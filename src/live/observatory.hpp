// Observatory: the gateway's metrics for the outside. Takes snapshots of all figures on the loop, cheaply,
// and has them rendered on another thread. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alerts/alert_book.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "settings/config.hpp"
#include "shell/relay_shell.hpp"
#include "store/journal.hpp"
#include "telemetry/collect.hpp"
#include "telemetry/log_push.hpp"
#include "telemetry/metrics_push.hpp"
#include "telemetry/worker.hpp"

namespace kgw {

class Observatory {
 public:
  struct Parts {
    const Config& config;
    const RelayShell& shell;
    Loop& loop;
    HttpServer& server;
    const Journal& journal;
    Log& log;
    const Metrics& metrics;
    const AlertBook& alerts;
    const Clock& clock;
    Random& random;
  };
  Observatory(const Parts& parts, const std::string& node);
  ~Observatory();

  // Answers GET /metrics.
  void scrape(HttpCallId call);
  void poll();  // on each wake-up of the loop
  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);
  // Adds the figures of a push outside this class (the bot's).
  void watch(std::function<PushFigures()> figures) { others_.push_back(std::move(figures)); }

  void watch_callbacks(std::function<CallbackFigures()> figures) { callbacks_ = std::move(figures); }

  // Figures of the configured pushes: Prometheus, Loki, Telegram.
  std::vector<PushFigures> pushes() const;

  // At the very end: pushes what is left, and marks all series as ended. Blocks for at most
  // limits::kLastPushTime.
  void finish();

 private:
  Snapshot take() const;

  const Config& config_;
  const RelayShell& shell_;
  Loop& loop_;
  HttpServer& server_;
  const Journal& journal_;
  Log& log_;
  const Metrics& metrics_;
  const AlertBook& alerts_;
  const Clock& clock_;
  const Instant started_;
  std::vector<std::function<PushFigures()>> others_;
  std::function<CallbackFigures()> callbacks_;
  Worker worker_;
  std::optional<HttpClient> client_;
  std::optional<MetricsPush> metrics_push_;
  std::optional<LogPush> log_push_;
};

}  // namespace kgw
