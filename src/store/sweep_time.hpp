// SweepTime: the time used for retention. The clock may be wrong by days for ten minutes, and deletion is
// final: so this time advances with the steady clock, follows the wall clock while that agrees, and follows a
// leap only after the wall clock has kept to it for a day. Never later than the wall clock. Pure; used on the
// writer's thread.
#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace kgw {

class SweepTime {
 public:
  static constexpr Milliseconds kStandTime = std::chrono::hours(24);
  static constexpr Milliseconds kLeapMin = std::chrono::minutes(30);

  // `trusted`: its value at the end of the last run, resumed at `now` of the steady clock. `keep`: the
  // shortest retention; a leap of up to half of it leaves the other half, and is followed at once.
  SweepTime(WallTime trusted, Instant now, Milliseconds keep)
      : trusted_(trusted), at_(now), leap_max_(std::max(keep / 2, kLeapMin)) {}

  // Advances to `now` and returns the time to sweep by.
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
  // True while the wall clock has leapt and is not trusted yet.
  bool waits() const { return waits_; }
  // What the next run resumes from.
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
