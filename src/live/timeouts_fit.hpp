// TimeoutsFit: shows MisfitTimeouts what happens, and shows what they found. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerts/misfit_timeouts.hpp"
#include "base/clock.hpp"
#include "shell/onlookers.hpp"

namespace kgw {

class TimeoutsFit final : public Onlooker {
 public:
  // Since when a kiosk has its connection; nullopt: it has none.
  using ConnectedSince = std::function<std::optional<WallTime>(std::string_view kiosk_id)>;
  TimeoutsFit(const TurnClock& loop, ConnectedSince since) : loop_(loop), since_(std::move(since)) {}

  void on_caller_left(const Order& order, Milliseconds waited, Milliseconds allowed) override {
    timeouts_.on_hang_up(order.owner, waited, allowed, loop_.now());
  }
  void on_late_answer(const LateAnswer& answer) override;

  std::vector<Misfit> found() const { return timeouts_.found(loop_.now()); }
  // A JSON array, as `timeouts` of GET /api/stats.
  std::string json() const;

 private:
  const TurnClock& loop_;
  const ConnectedSince since_;
  MisfitTimeouts timeouts_;
};

}  // namespace kgw
