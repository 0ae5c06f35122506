// collect(): the one place that names the metrics. Works on a snapshot, off the loop: the loop only copies
// some kilobytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "alerts/alert.hpp"
#include "telemetry/families.hpp"
#include "telemetry/kiosk_series.hpp"
#include "telemetry/metrics.hpp"

namespace kgw {

// How sending to one outside service is going.
struct PushFigures {
  std::string to;             // "prometheus", "loki", "telegram"
  std::uint64_t waiting = 0;  // batches or messages
  std::uint64_t sent = 0;
  std::uint64_t failures = 0;  // failed attempts
  std::uint64_t dropped = 0;   // given up: refused, or no room
  bool up = true;              // false: the last attempt failed
};

// Posting callbacks to backends: since the start, and now.
struct CallbackFigures {
  std::uint64_t delivered = 0;
  std::uint64_t failed_tries = 0;
  std::uint64_t dead = 0;   // given up, or refused for good
  std::size_t waiting = 0;  // in memory, those in flight included; the store may have more
  std::size_t in_flight = 0;
  std::size_t failing_endpoints = 0;
};

// The store's figures, as plain data: telemetry/ does not know the store.
struct StoreFigures {
  std::string kind;        // "embedded", "redis"
  std::string durability;  // "strict", "weak", "off"
  bool up = true;
  std::uint64_t commits = 0;
  std::uint64_t records = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t dropped_connections = 0;
  OwnTimeHistogram commit_time;
  BatchHistogram batch_size;
  OwnTimeHistogram read_time;
};

struct NetFigures {
  std::uint64_t connections = 0;
  std::uint64_t websockets = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t ws_faults = 0;
};

struct Snapshot {
  Metrics metrics;
  std::size_t kiosks_online = 0;
  std::size_t kiosks_total = 0;
  std::size_t in_flight = 0;
  std::size_t waiting = 0;
  std::size_t bytes_held = 0;
  bool draining = false;
  NetFigures net;
  StoreFigures store;
  std::uint64_t log_lines = 0;
  std::uint64_t log_dropped = 0;
  double uptime_seconds = 0;
  std::vector<PushFigures> pushes;
  CallbackFigures callbacks;
  std::array<std::uint64_t, kAlertKindCount> alerts_raised{};
  std::array<std::uint64_t, kAlertKindCount> alerts_open{};
  bool per_kiosk = false;
  std::vector<KioskFigures> kiosks;
  bool legacy_names = false;
};

Families collect(const Snapshot& snapshot);

// Adds the names that dashboards of the older service use.
void add_legacy_names(Families& families, const Snapshot& snapshot);

}  // namespace kgw
