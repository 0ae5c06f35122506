// /health and its kin, /metrics, /: how the gateway is.
#pragma once

#include <string>

#include "gateway/alert_book.hpp"
#include "gateway/relay_shell.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"
#include "telemetry/metrics.hpp"

namespace kgw {

class StatusPages {
 public:
  StatusPages(std::string node, bool in_redis, const RelayShell& shell, Loop& loop, HttpServer& server,
              const Store& store, const Log& log, const Metrics& metrics, const AlertBook& alerts);
  void health(HttpCallId call) const;
  void live(HttpCallId call) const;   // 200 while the loop turns
  void ready(HttpCallId call) const;  // 200 while new requests are taken
  void metrics(HttpCallId call) const;
  void stats(HttpCallId call) const;  // GET /api/stats: since the start
  void root(HttpCallId call) const;

 private:
  bool can_serve() const;
  std::string node_;
  bool in_redis_;
  const RelayShell& shell_;
  Loop& loop_;
  HttpServer& server_;
  const Store& store_;
  const Log& log_;
  const Metrics& metrics_;
  const AlertBook& alerts_;
  Instant started_;
};

}  // namespace kgw
