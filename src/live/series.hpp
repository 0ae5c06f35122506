// Series: the charts' figures: three rings of points (a quarter of an hour in steps of 5 s, an hour in steps
// of 15 s, a day in steps of 300 s), sampled every 5 s whether anybody looks or not. Quantiles are those of
// each step, from a histogram finer than that of the metrics (an eighth of a power of two). Bounded memory.
// Loop thread only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/limits.hpp"

namespace kgw {

// Latencies from 1 us to 18 minutes, in buckets an eighth of a power of two wide: accurate to 6%.
class FineHistogram {
 public:
  static constexpr std::size_t kBuckets = 8 * 28;
  void record(std::chrono::nanoseconds value) { ++counts_[bucket_of(value)]; }
  // Returns the value in milliseconds below which this share (0 to 1) of what was recorded since `before`
  // lies; nullopt if nothing was.
  std::optional<double> quantile_ms(const FineHistogram& before, double share) const;

 private:
  static std::size_t bucket_of(std::chrono::nanoseconds value);
  std::array<std::uint64_t, kBuckets> counts_{};
};

class Series {
 public:
  static constexpr std::chrono::seconds kStep{5};
  static constexpr std::array<int, 3> kWindows{900, 3600, 86400};  // seconds

  // Counts since the start, and the kiosks connected now.
  struct Totals {
    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
    std::array<std::uint64_t, kErrorCodeCount> errors{};
    std::size_t online = 0;
  };

  explicit Series(Instant now) : next_(now + kStep) {}

  void record(std::chrono::nanoseconds latency) { latency_.record(latency); }
  Instant next_sample() const { return next_; }
  // Call at next_sample(). After a stall there is one longer step instead of many empty ones.
  void sample(const Now& now, const Totals& totals);
  // GET /api/series: the points of the window, oldest first. `window`: one of kWindows.
  std::string json(int window) const;

 private:
  struct Point {
    std::int64_t at = 0;  // end of the step, unix seconds
    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
    std::array<std::uint32_t, kErrorCodeCount> errors{};
    std::optional<double> p50, p95, p99;
    std::size_t online = 0;
  };
  struct Ring {
    int window;
    int step;  // seconds
    Totals before{};
    FineHistogram latency_before{};
    std::vector<Point> points{};
    std::size_t oldest = 0;

    std::size_t points_max() const { return static_cast<std::size_t>(window / step); }
    void add(Point point);
  };
  static std::string point_json(const Point& point);

  FineHistogram latency_;
  std::array<Ring, 3> rings_{Ring{900, 5}, Ring{3600, 15}, Ring{86400, 300}};
  Instant next_;
  std::uint64_t samples_ = 0;
};

static_assert(86400 / 300 <= limits::kSeriesPointsMax && 3600 / 15 <= limits::kSeriesPointsMax);

}  // namespace kgw
