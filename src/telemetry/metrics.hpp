// Metrics: plain counters since the start, incremented on the loop's thread. For a window, keep an earlier
// copy and take the difference (Histogram::since). collect.hpp turns them into Prometheus' families.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "base/histogram.hpp"
#include "base/limits.hpp"
#include "core/answer_result.hpp"

namespace kgw {

// From acceptance to the answer, including the kiosk's own time. Seconds.
inline constexpr std::array<double, 14> kLatencyBounds{0.05, 0.1, 0.25, 0.5, 1,  2,  3,
                                                       5,    7.5, 10,   15,  20, 30, 45};
using LatencyHistogram = Histogram<kLatencyBounds>;

// How an accepted request ended: with an error of the table (its code), or answered, by what the answer says.
inline constexpr std::size_t kEndCount = kErrorCodeCount + std::size(kAnswerResults);
constexpr std::size_t end_of(AnswerResult result) { return kErrorCodeCount + static_cast<std::size_t>(result); }
constexpr std::size_t end_of(ErrorCode code) { return static_cast<std::size_t>(code); }
constexpr std::optional<AnswerResult> result_of(std::size_t end) {
  if (end < kErrorCodeCount) return std::nullopt;
  return static_cast<AnswerResult>(end - kErrorCodeCount);
}
std::string_view end_name(std::size_t end);  // "answered", "answered_unknown", "timeout", ...

struct OperationMetrics {
  std::string_view name() const { return {text.data(), size}; }
  std::array<char, limits::kNameCharsMax> text{};
  std::size_t size = 0;
  std::array<std::uint64_t, kEndCount> ended{};
  LatencyHistogram latency;  // of answered requests
};

// Callers choose the names of operations, so only a few become labels: the usual ones, and the first others
// that a kiosk has answered. All the rest are `other`.
class OperationTable {
 public:
  OperationTable();
  OperationMetrics& of(std::string_view operation, bool answered);
  const OperationMetrics* begin() const { return rows_.data(); }
  const OperationMetrics* end() const { return rows_.data() + count_; }

 private:
  OperationMetrics& add(std::string_view operation);
  std::array<OperationMetrics, limits::kOperationLabelsMax> rows_;  // the first row is `other`
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
  std::uint64_t requests = 0;                           // accepted exchanges that have ended, as logged
  std::uint64_t answers = 0;                            // of them, answered by the kiosk
  std::array<std::uint64_t, kErrorCodeCount> errors{};  // errors returned to callers of /send, by code
  std::uint64_t replays = 0;  // callers who joined a request by its key, or got its answer again
  std::uint64_t refused = 0;  // rejected before acceptance
  OperationTable operations;
  OwnTimeHistogram own_time;  // of answered requests, without the kiosk's time
  std::uint64_t late_answers = 0;
  std::array<std::uint64_t, kUnmatchedWhyCount> unmatched{};
  std::uint64_t handshakes = 0;
  std::array<std::uint64_t, kErrorCodeCount> handshakes_refused{};
  std::uint64_t messages_to_kiosks = 0;
  std::uint64_t messages_from_kiosks = 0;
  OwnTimeHistogram round_trips;  // from a ping to its pong
  OwnTimeHistogram turns;        // of the loop: what everything else had to wait for

  // For all operations together.
  LatencyHistogram latency() const;
  std::uint64_t unmatched_answers() const;
  void on_unmatched(UnmatchedWhy why) { ++unmatched[static_cast<std::size_t>(why)]; }
};

}  // namespace kgw
