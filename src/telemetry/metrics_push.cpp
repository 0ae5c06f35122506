#include "telemetry/metrics_push.hpp"

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

std::int64_t milliseconds(WallTime at) {
  return std::chrono::duration_cast<Milliseconds>(at.time_since_epoch()).count();
}

PushLine::Settings settings(const PushTarget& target) {
  return {"prometheus",
          target,
          {"Content-Type: application/x-protobuf", "Content-Encoding: snappy",
           "X-Prometheus-Remote-Write-Version: 0.1.0", "User-Agent: kiosk-gateway/" KGW_VERSION}};
}

}  // namespace

MetricsPush::MetricsPush(const PushTarget& target, std::string instance, Worker& worker,
                         const PushLine::Means& means, PushLine::Note note)
    : encoder_(std::make_shared<RemoteWrite>("kiosk-gateway", std::move(instance))),
      worker_(worker),
      line_(settings(target), means, std::move(note)),
      next_(means.clock.now().steady) {}

void MetricsPush::push(const Now& now, Snapshot snapshot) {
  next_ = now.steady + limits::kPushInterval;
  auto task = [this, at = milliseconds(now.wall), encoder = encoder_,
               of = std::make_shared<const Snapshot>(std::move(snapshot))]() -> Worker::Rest {
    return [this, body = encoder->encode(collect(*of), at, false)] { line_.add(body); };
  };
  if (!worker_.post(std::move(task))) line_.count_dropped(1);
}

Instant MetricsPush::next_deadline() const {
  const auto retry = line_.next_deadline();
  return retry ? std::min(*retry, next_) : next_;
}

void MetricsPush::finish(const Now& now, const Snapshot& snapshot, Instant until) {
  line_.add(encoder_->encode(collect(snapshot), milliseconds(now.wall), true));
  line_.finish(until);
}

}  // namespace kgw
