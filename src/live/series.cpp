#include "live/series.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "http/json_object.hpp"

namespace kgw {
namespace {

constexpr std::uint64_t kEighths = 8;

// Returns a bucket's lower bound in microseconds. Below 8 us a bucket is one microsecond wide.
double lower_bound_us(std::size_t bucket) {
  if (bucket < kEighths) return static_cast<double>(bucket);
  const std::size_t power = bucket / kEighths - 1;
  return std::ldexp(static_cast<double>(kEighths + bucket % kEighths), static_cast<int>(power));
}

}  // namespace

std::size_t FineHistogram::bucket_of(std::chrono::nanoseconds value) {
  const auto us = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(value).count()));
  if (us < kEighths) return us;
  const auto power = static_cast<std::uint64_t>(std::bit_width(us)) - 4;  // so that us >> power is 8 to 15
  return std::min<std::uint64_t>((power + 1) * kEighths + (us >> power) - kEighths, kBuckets - 1);
}

std::optional<double> FineHistogram::quantile_ms(const FineHistogram& before, double share) const {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) all += counts_[i] - before.counts_[i];
  if (all == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto here = static_cast<double>(counts_[i] - before.counts_[i]);
    if (here > 0 && below + here >= wanted) {
      const double low = lower_bound_us(i);
      return (low + (lower_bound_us(i + 1) - low) * std::max(0.0, wanted - below) / here) / 1000;
    }
    below += here;
  }
  return std::nullopt;
}

void Series::Ring::add(Point point) {
  if (points.size() < points_max()) {
    points.reserve(points_max());
    points.push_back(point);
    return;
  }
  points[oldest] = point;
  oldest = (oldest + 1) % points.size();
}

void Series::sample(const Now& now, const Totals& totals) {
  next_ = std::max(next_ + kStep, now.steady);  // after a stall: one longer step, not many empty ones
  ++samples_;
  for (Ring& ring : rings_) {
    if (samples_ * kStep.count() % static_cast<std::uint64_t>(ring.step) != 0) continue;
    Point point;
    point.at = to_ms(now.wall) / 1000;
    point.requests = totals.requests - ring.before.requests;
    point.answered = totals.answered - ring.before.answered;
    for (std::size_t i = 0; i < kErrorCodeCount; ++i)
      point.errors[i] = static_cast<std::uint32_t>(totals.errors[i] - ring.before.errors[i]);
    point.p50 = latency_.quantile_ms(ring.latency_before, 0.5);
    point.p95 = latency_.quantile_ms(ring.latency_before, 0.95);
    point.p99 = latency_.quantile_ms(ring.latency_before, 0.99);
    point.online = totals.online;
    ring.add(point);
    ring.before = totals;
    ring.latency_before = latency_;
  }
}

std::string Series::point_json(const Point& point) {
  JsonObject errors;
  bool any = false;
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    if (point.errors[i] == 0) continue;
    errors.number(info(static_cast<ErrorCode>(i)).name, point.errors[i]);
    any = true;
  }
  JsonObject json;
  json.number("t", point.at)
      .number("requests", static_cast<std::int64_t>(point.requests))
      .number("answered", static_cast<std::int64_t>(point.answered))
      .raw("errors", any ? errors.take() : "{}");
  for (const auto& [name, value] :
       {std::pair("p50_ms", point.p50), std::pair("p95_ms", point.p95), std::pair("p99_ms", point.p99)}) {
    if (value) json.decimal(name, *value);
    else json.null(name);
  }
  return json.number("online", static_cast<std::int64_t>(point.online)).take();
}

std::string Series::json(int window) const {
  const Ring& ring =
      *std::find_if(rings_.begin(), rings_.end(), [window](const Ring& one) { return one.window == window; });
  std::string points = "[";
  for (std::size_t i = 0; i < ring.points.size(); ++i) {
    if (i > 0) points.push_back(',');
    points += point_json(ring.points[(ring.oldest + i) % ring.points.size()]);
  }
  return JsonObject().number("step_seconds", ring.step).raw("points", points + "]").take();
}

}  // namespace kgw
