// Strangers: limits the answers to people who are not admins: one a minute per person, and a maximum in
// total. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "base/clock.hpp"

namespace kgw::telegram {

class Strangers {
 public:
  static constexpr auto kEach = std::chrono::minutes(1);
  static constexpr std::size_t kPerMinuteMax = 20;

  // Returns whether to answer this person now.
  bool answers(std::int64_t user, Instant now) {
    while (!answered_.empty() && now - answered_.front().first >= kEach) answered_.pop_front();
    for (const auto& [at, who] : answered_)
      if (who == user) return false;
    if (answered_.size() >= kPerMinuteMax) return false;
    answered_.emplace_back(now, user);
    return true;
  }

 private:
  std::deque<std::pair<Instant, std::int64_t>> answered_;  // within the last minute, oldest first
};

}  // namespace kgw::telegram
