// Metrics: plain counters of the loop's thread, rendered as Prometheus text (exposition format 0.0.4).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "core/alert.hpp"

namespace kgw {

// A latency histogram with the bounds that dashboards are made for.
class LatencyHistogram {
 public:
  static constexpr std::array<double, 15> kBoundsSeconds{0.05, 0.1, 0.25, 0.5, 1,  2,  3, 5,
                                                         7.5,  10,  15,   20,  30, 45, 60};
  void record(std::chrono::nanoseconds value);
  void render(std::string& out, std::string_view name) const;
  // The value below which this share (0 to 1) of the records lies, in seconds, within the bounds' precision;
  // nothing: no records.
  std::optional<double> quantile(double share) const;

 private:
  std::array<std::uint64_t, kBoundsSeconds.size() + 1>
      counts_{};  // not cumulative; the last one is beyond all bounds
  double sum_seconds_ = 0;
};

struct Metrics {
  std::uint64_t requests = 0;                           // accepted exchanges that ended, as logged
  std::uint64_t answers = 0;                            // of them, answered by the kiosk
  std::array<std::uint64_t, kErrorCodeCount> errors{};  // errors told to callers of /send, by code
  std::uint64_t refused = 0;                            // at the door: never accepted
  std::uint64_t late_answers = 0;
  std::uint64_t unmatched = 0;
  std::uint64_t handshakes = 0;
  std::array<std::uint64_t, kErrorCodeCount> handshakes_refused{};
  LatencyHistogram latency;  // from on_send to the answer's bytes, kiosk included
};

// Values that are read when they are asked for.
struct Gauges {
  std::size_t kiosks_online = 0;
  std::size_t kiosks_total = 0;
  std::size_t in_flight = 0;
  std::size_t waiting = 0;
  std::size_t bytes_held = 0;
  std::uint64_t connections = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t commits = 0;
  std::uint64_t records = 0;
  std::uint64_t last_commit_us = 0;
  std::uint64_t log_dropped = 0;
  std::array<std::uint64_t, kAlertKindCount> alerts_raised{};
  std::array<std::size_t, kAlertKindCount> alerts_open{};
  bool store_up = true;
  double uptime_seconds = 0;
};

std::string render(const Metrics& metrics, const Gauges& gauges);

}  // namespace kgw
