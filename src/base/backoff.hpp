// Backoff: how long to wait before the next of several tries: a first time, twice that, and so on, up to a
// most. Neither clock nor timer: the caller knows when a try failed and when things were good again. Not
// thread-safe.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw {

class Backoff {
 public:
  constexpr Backoff(Milliseconds first, Milliseconds most) : first_(first), most_(most) {}

  // The next wait. For who is alone at what it waits for.
  Milliseconds next() {
    last_ = std::min(std::max(last_ * 2, first_), most_);
    return last_;
  }
  // Full jitter, any time from zero to that: those who lost one thing together must not come back together.
  Milliseconds next(Random& random) {
    const auto span = static_cast<std::uint64_t>(next().count()) + 1;
    return Milliseconds(static_cast<Milliseconds::rep>(random.next() % span));
  }
  // It worked: the next wait is the first one again.
  void reset() { last_ = Milliseconds(0); }

  // What next() said last, without jitter; zero: nothing has failed since reset().
  Milliseconds last() const { return last_; }
  bool failing() const { return last_.count() != 0; }

 private:
  Milliseconds first_;
  Milliseconds most_;
  Milliseconds last_{0};
};

}  // namespace kgw
