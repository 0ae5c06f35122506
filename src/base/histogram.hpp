// A histogram with fixed bounds, in seconds or in counts. Not thread-safe; copy it to read it on another
// thread.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace kgw {

template <const auto& kBoundsOf>
class Histogram {
 public:
  static constexpr const auto& kBounds = kBoundsOf;  // ascending; a value equal to a bound falls below it

  void record(double value) {
    std::size_t i = 0;
    while (i < kBounds.size() && value > kBounds[i]) ++i;
    ++counts_[i];
    sum_ += value;
  }
  void record(std::chrono::nanoseconds value) { record(std::chrono::duration<double>(value).count()); }

  // Per bucket, not cumulative; the last bucket holds what lies above all bounds.
  const auto& counts() const { return counts_; }
  double sum() const { return sum_; }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const std::uint64_t count : counts_) all += count;
    return all;
  }

  void add(const Histogram& more) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += more.counts_[i];
    sum_ += more.sum_;
  }
  // What was recorded since `earlier`, a previous copy of this histogram.
  Histogram since(const Histogram& earlier) const {
    Histogram result = *this;
    for (std::size_t i = 0; i < counts_.size(); ++i) result.counts_[i] -= earlier.counts_[i];
    result.sum_ -= earlier.sum_;
    return result;
  }

  // Returns the value below which this share (0 to 1) of the records lies, interpolated within a bucket;
  // nullopt if there are no records.
  std::optional<double> quantile(double share) const {
    const auto all = static_cast<double>(count());
    if (all == 0) return std::nullopt;
    const double wanted = share * all;
    double below = 0;
    double low = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      const auto here = static_cast<double>(counts_[i]);
      if (here > 0 && below + here >= wanted)
        return low + (kBounds[i] - low) * std::max(0.0, wanted - below) / here;
      below += here;
      low = kBounds[i];
    }
    return low;
  }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

// For the gateway's own time: its share of a request, a turn of its loop, a commit, a round trip. Seconds.
inline constexpr std::array<double, 13> kOwnTimeBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                       0.025,  0.05,    0.1,    0.25,  0.5,    1};
using OwnTimeHistogram = Histogram<kOwnTimeBounds>;

inline constexpr std::array<double, 10> kBatchBounds{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000};
using BatchHistogram = Histogram<kBatchBounds>;

}  // namespace kgw
