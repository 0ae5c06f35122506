// /health and its variants, and /: the gateway's state. Loop thread only.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "access/caller.hpp"
#include "live/fleet_counts.hpp"
#include "live/timeouts_fit.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "net/slices.hpp"
#include "shell/relay_shell.hpp"
#include "store/journal.hpp"
#include "telemetry/collect.hpp"
#include "telemetry/metrics.hpp"

namespace kgw {

class StatusPages {
 public:
  // What the gateway knows of itself.
  struct About {
    std::string node;
    bool in_redis = false;
    std::string data_dir;
  };
  // Requires all of it to outlive the pages.
  struct Parts {
    const RelayShell& shell;
    Loop& loop;
    HttpServer& server;
    const Journal& journal;
    const Metrics& metrics;
    const TimeoutsFit& timeouts;
    Slices& slices;
  };
  StatusPages(About about, const Parts& parts);
  // Figures of the pushes (Prometheus, Loki, Telegram), for stats.
  void set_pushes(std::function<std::vector<PushFigures>()> pushes) { pushes_ = std::move(pushes); }
  void health(HttpCallId call) const;
  void live(HttpCallId call) const;   // 200 while the loop runs
  void ready(HttpCallId call) const;  // 200 while new requests are accepted
  // GET /api/stats: since the start. For a caller limited to some kiosks, these are counted first.
  void stats(HttpCallId call, const Caller& caller) const;
  // Leads browsers to the dashboard.
  void root(const HttpRequest& request) const;
  std::string health_json() const { return health_json(all()); }
  std::string health_json(const FleetCounts& fleet) const;
  std::string stats_json() const;
  // For viewers limited to some kiosks: figures that count all kiosks together are null.
  std::string limited_stats_json(const FleetCounts& fleet) const;
  const std::string& node() const { return about_.node; }

 private:
  bool can_serve() const;
  FleetCounts all() const;
  const About about_;
  const RelayShell& shell_;
  Loop& loop_;
  HttpServer& server_;
  const Journal& journal_;
  const Metrics& metrics_;
  const TimeoutsFit& timeouts_;
  Slices& slices_;
  Instant started_;
  std::function<std::vector<PushFigures>()> pushes_;
};

}  // namespace kgw
