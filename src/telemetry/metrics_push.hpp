// MetricsPush: remote write every limits::kPushInterval. Encodes on the worker. Loop thread only.
#pragma once

#include <memory>
#include <string>

#include "telemetry/push_line.hpp"
#include "telemetry/remote_write.hpp"
#include "telemetry/worker.hpp"

namespace kgw {

class MetricsPush {
 public:
  // `instance`: must be unique among the gateways.
  MetricsPush(const PushTarget& target, std::string instance, Worker& worker, const PushLine::Means& means,
              PushLine::Note note);

  bool due(Instant now) const { return now >= next_; }
  void push(const Now& now, Snapshot snapshot);
  Instant next_deadline() const;
  void on_tick(Instant now) { line_.on_tick(now); }
  PushFigures figures() const { return line_.figures(); }
  void hold() { line_.hold(); }

  // Pushes the last values and marks all series as ended; blocks until done or `until`. Requires hold(), and
  // that worker and client have stopped.
  void finish(const Now& now, const Snapshot& snapshot, Instant until);

 private:
  std::shared_ptr<RemoteWrite> encoder_;  // used by the worker while it runs
  Worker& worker_;
  PushLine line_;
  Instant next_;
};

}  // namespace kgw
