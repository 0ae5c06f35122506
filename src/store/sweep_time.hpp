// SweepTime: the time that retention goes by. The clock may be wrong by days for ten minutes, and what is
// deleted is gone: so this time goes on with the steady clock, follows the wall clock where that goes along,
// and a leap only after the wall clock has stood by it for a day. It is never later than the wall clock. Pure;
// the writer's thread.
#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace kgw {

class SweepTime {
 public:
  static constexpr Milliseconds kStandTime = std::chrono::hours(24);
  static constexpr Milliseconds kLeapMin = std::chrono::minutes(30);

  // `trusted`: what it was when the last life ended, at `now` by the steady clock. `keep`: the shortest time
  // that anything is kept; a leap by half of it still leaves the other half, and is followed at once.
  SweepTime(WallTime trusted, Instant now, Milliseconds keep)
      : trusted_(trusted), at_(now), leap_max_(std::max(keep / 2, kLeapMin)) {}

  // Moves on to `now` and gives the time to sweep by.
  WallTime at(const Now& now) {
    trusted_ += std::chrono::duration_cast<Milliseconds>(now.steady - at_ + rest_);
    rest_ = (now.steady - at_ + rest_) % Milliseconds(1);
    at_ = now.steady;
    if (std::chrono::abs(now.wall - trusted_) <= leap_max_) {
      follow(now.wall);
    } else {
      if (!waits_) leapt_at_ = now.steady;
      waits_ = true;
      if (now.steady - leapt_at_ >= kStandTime) follow(now.wall);
    }
    return std::min(now.wall, trusted_);
  }
  // The wall clock has leapt, and is not believed yet.
  bool waits() const { return waits_; }
  // What the next life goes on from.
  WallTime trusted() const { return trusted_; }

 private:
  void follow(WallTime wall) {
    trusted_ = wall;
    waits_ = false;
  }

  WallTime trusted_;
  Instant at_;
  std::chrono::nanoseconds rest_{0};
  Milliseconds leap_max_;
  bool waits_ = false;
  Instant leapt_at_{};
};

}  // namespace kgw
