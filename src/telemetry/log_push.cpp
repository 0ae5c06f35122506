#include "telemetry/log_push.hpp"

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

PushLine::Settings settings(const PushTarget& target) {
  return {
      "loki",
      target,
      {"Content-Type: application/json", "Content-Encoding: gzip", "User-Agent: kiosk-gateway/" KGW_VERSION}};
}

}  // namespace

LogPush::LogPush(const PushTarget& target, LokiLabels labels, Worker& worker, const PushLine::Means& means,
                 PushLine::Note note)
    : labels_(std::move(labels)), worker_(worker), line_(settings(target), means, std::move(note)) {}

void LogPush::add(std::string_view lines, Instant now) {
  if (!since_) since_ = now;
  gathered_ += lines;
  if (gathered_.size() >= limits::kLogPushBytes) hand_over();
}

std::optional<Instant> LogPush::next_deadline() const {
  const auto retry = line_.next_deadline();
  if (!since_) return retry;
  const Instant full = *since_ + limits::kLogPushTime;
  return retry ? std::min(*retry, full) : full;
}

void LogPush::on_tick(Instant now) {
  line_.on_tick(now);
  if (since_ && now >= *since_ + limits::kLogPushTime) hand_over();
}

void LogPush::hand_over() {
  since_.reset();
  auto task = [this, lines = std::exchange(gathered_, {})]() -> Worker::Rest {
    std::string body = loki_push(lines, labels_);
    if (body.empty()) return {};
    return [this, body = std::move(body)] { line_.add(body); };
  };
  if (!worker_.post(std::move(task))) line_.count_dropped(1);
}

void LogPush::finish(Instant until) {
  if (std::string body = loki_push(gathered_, labels_); !body.empty()) line_.add(std::move(body));
  gathered_.clear();
  line_.finish(until);
}

}  // namespace kgw
