// Slices: work that is too long for a turn, cut into pieces. All that is under way gets its pieces in turn, and
// all pieces of one turn together take about half a millisecond, however many ask at once: so lists and exports
// never stand between a payment and its answer. Loop thread only.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <utility>

#include "net/loop.hpp"

namespace kgw {

class Slices {
 public:
  // One piece, of some 100 us at most. True: that was the last.
  using Piece = std::function<bool()>;

  explicit Slices(Loop& loop) : loop_(loop) {}
  // Begins in a later turn.
  void add(Piece piece) {
    under_way_.push_back(std::move(piece));
    go_on();
  }

 private:
  static constexpr auto kTime = std::chrono::microseconds(500);  // of a turn

  void go_on() {
    if (posted_ || under_way_.empty()) return;
    posted_ = true;
    loop_.post([this] { run(); });
  }
  void run() {
    posted_ = false;
    const Instant until = loop_.read_clock() + kTime;
    do {
      Piece piece = std::move(under_way_.front());
      under_way_.pop_front();
      if (!piece()) under_way_.push_back(std::move(piece));
    } while (!under_way_.empty() && loop_.read_clock() < until);
    go_on();
  }

  Loop& loop_;
  std::deque<Piece> under_way_;
  bool posted_ = false;
};

}  // namespace kgw
