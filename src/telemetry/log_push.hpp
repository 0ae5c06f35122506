// LogPush: pushes log lines to Loki, gathered for a second, rendered and compressed on the worker. Loop
// thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "telemetry/log_lines.hpp"
#include "telemetry/push_line.hpp"
#include "telemetry/worker.hpp"

namespace kgw {

class LogPush {
 public:
  LogPush(const PushTarget& target, LokiLabels labels, Worker& worker, const PushLine::Means& means,
          PushLine::Note note);

  void add(std::string_view lines, Instant now);  // complete lines
  std::optional<Instant> next_deadline() const;
  void on_tick(Instant now);
  PushFigures figures() const { return line_.figures(); }
  void hold() { line_.hold(); }

  // Pushes what is left; blocks until done or `until`. Requires hold(), and that worker and client have
  // stopped.
  void finish(Instant until);

 private:
  void hand_over();

  const LokiLabels labels_;
  Worker& worker_;
  PushLine line_;
  std::string gathered_;
  std::optional<Instant> since_;
};

}  // namespace kgw
