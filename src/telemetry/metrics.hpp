// Metrics: plain counters that the loop's thread adds to, since the start. Whoever wants a window keeps an
// earlier copy and takes the difference (Histogram::since). collect.hpp makes Prometheus' families of them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "base/histogram.hpp"
#include "base/limits.hpp"

namespace kgw {

// From acceptance to the answer, the kiosk's own time included.
inline constexpr std::array<double, 14> kLatencyBounds{0.05, 0.1, 0.25, 0.5, 1,  2,  3,
                                                       5,    7.5, 10,   15,  20, 30, 45};
using LatencyHistogram = Histogram<kLatencyBounds>;

// How an accepted request ended: with an error of the table, or answered.
inline constexpr std::size_t kAnswered = kErrorCodeCount;
inline constexpr std::size_t kAnsweredUnknown = kErrorCodeCount + 1;  // the kiosk says that it does not know
inline constexpr std::size_t kEndCount = kErrorCodeCount + 2;
std::string_view end_name(std::size_t end);  // "answered", "answered_unknown", "timeout", ...

struct OperationMetrics {
  std::string_view name() const { return {text.data(), size}; }
  std::array<char, limits::kNameCharsMax> text{};
  std::size_t size = 0;
  std::array<std::uint64_t, kEndCount> ended{};
  LatencyHistogram latency;  // of those that were answered
};

// Callers choose the names of operations, so only a few become labels: those that everybody has, and the first
// ones that a kiosk answered. All else is `other`.
class OperationTable {
 public:
  OperationTable();
  OperationMetrics& of(std::string_view operation, bool answered);
  const OperationMetrics* begin() const { return rows_.data(); }
  const OperationMetrics* end() const { return rows_.data() + count_; }

 private:
  OperationMetrics& add(std::string_view operation);
  std::array<OperationMetrics, limits::kOperationLabelsMax> rows_;  // the first one is `other`
  std::size_t count_ = 0;
};

enum class UnmatchedWhy : std::uint8_t {
  no_such_request,
  other_kiosk,
  duplicate,
  never_sent,
  not_json,
  no_id,
  not_looked_up
};
inline constexpr std::size_t kUnmatchedWhyCount = static_cast<std::size_t>(UnmatchedWhy::not_looked_up) + 1;

struct Metrics {
  std::uint64_t requests = 0;                           // accepted exchanges that ended, as logged
  std::uint64_t answers = 0;                            // of them, answered by the kiosk
  std::array<std::uint64_t, kErrorCodeCount> errors{};  // errors told to callers of /send, by code
  std::uint64_t refused = 0;                            // at the door: never accepted
  OperationTable operations;
  OwnTimeHistogram own_time;  // of answered requests, without what the kiosk took
  std::uint64_t late_answers = 0;
  std::array<std::uint64_t, kUnmatchedWhyCount> unmatched{};
  std::uint64_t handshakes = 0;
  std::array<std::uint64_t, kErrorCodeCount> handshakes_refused{};
  std::uint64_t messages_to_kiosks = 0;
  std::uint64_t messages_from_kiosks = 0;
  OwnTimeHistogram round_trips;  // a ping and its pong
  OwnTimeHistogram turns;        // of the loop: what everything else waited for
  OwnTimeHistogram store_reads;  // from the question to its answer, the wait in line included

  // Of all operations.
  LatencyHistogram latency() const;
  std::uint64_t unmatched_answers() const;
  void on_unmatched(UnmatchedWhy why) { ++unmatched[static_cast<std::size_t>(why)]; }
};

}  // namespace kgw
