// Backoff: how long to wait before the next attempt: `first`, then twice as long each time, up to `most`. Has
// neither clock nor timer: the caller decides when to call next() and reset(). Not thread-safe.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw {

class Backoff {
 public:
  constexpr Backoff(Milliseconds first, Milliseconds most) : first_(first), most_(most) {}

  // Returns the next wait. For a lone client, which collides with nobody when it returns.
  Milliseconds next() {
    last_ = std::min(std::max(last_ * 2, first_), most_);
    return last_;
  }
  // The same with full jitter, from zero up to that wait: clients that lost the same thing must not all come
  // back at once.
  Milliseconds next(Random& random) {
    const auto span = static_cast<std::uint64_t>(next().count()) + 1;
    return Milliseconds(static_cast<Milliseconds::rep>(random.next() % span));
  }
  // Call on success: the next wait is `first` again.
  void reset() { last_ = Milliseconds(0); }

  // The last wait before jitter; zero if nothing has failed since reset().
  Milliseconds last() const { return last_; }
  bool failing() const { return last_.count() != 0; }

 private:
  Milliseconds first_;
  Milliseconds most_;
  Milliseconds last_{0};
};

}  // namespace kgw
