// The system's clock, and whatever a test adds to it. Of any thread.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace kgw {

class JumpingClock final : public Clock {
 public:
  Now now() const override {
    const Now real = system_.now();
    const Milliseconds by = ahead_.load();
    return {real.steady + by, real.wall + by};
  }
  void jump(Milliseconds by) { ahead_ = ahead_.load() + by; }

 private:
  SystemClock system_;
  std::atomic<Milliseconds> ahead_{Milliseconds(0)};
};

}  // namespace kgw
