#include "agent/simulate/delayed_server.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/limits.hpp"

namespace kgw {
namespace {

constexpr std::size_t kWaitingMax = 10'000;

}  // namespace

DelayedServer::DelayedServer(const std::string& host, std::uint16_t port)
    : loop_(clock_), server_(loop_, *this, *this) {
  const auto listening = server_.listen({.host = host, .port = port, .connections_max = kWaitingMax});
  if (!listening) throw std::runtime_error(listening.error().message);
  loop_.set_timer(
      [this]() -> std::optional<Instant> {
        const auto next = server_.next_deadline();
        if (due_.empty()) return next;
        return next ? std::min(*next, due_.begin()->first) : due_.begin()->first;
      },
      [this](const Now& now) {
        server_.on_tick(now);
        answer_due(now.steady);
      });
  loop_.set_end_of_turn([this] { server_.flush(); });
  loop_.set_on_wake([this] {
    if (!ending_) return;
    server_.close_all(WsClose::going_away, "");
    loop_.stop();
  });
}

void DelayedServer::stop() {
  ending_ = true;
  loop_.wake();
}

bool DelayedServer::is_full() const { return due_.size() >= kWaitingMax; }

void DelayedServer::answer(HttpCallId call, unsigned status, std::string_view body) {
  server_.respond(call, {.status = status, .body = body});
}

void DelayedServer::answer_later(HttpCallId call, Milliseconds takes, unsigned status, std::string body) {
  due_.emplace(loop_.now().steady + takes, Due{call, status, std::move(body)});
}

void DelayedServer::answer_due(Instant now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto ready = due_.extract(due_.begin());
    answer(ready.mapped().call, ready.mapped().status, ready.mapped().body);
  }
}

BodyPolicy DelayedServer::body_policy(const HttpHead&) { return {limits::kBodyBytesMax}; }

void DelayedServer::on_caller_gone(HttpCallId call, bool can_write) {
  if (can_write) return;
  std::erase_if(due_, [call](const auto& entry) { return entry.second.call == call; });
}

}  // namespace kgw
