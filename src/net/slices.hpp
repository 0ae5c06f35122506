// Slices: work that is too long for a turn, cut into pieces. All that is under way gets its pieces in turn, and
// all pieces of one turn together take about half a millisecond, however many ask at once: so lists and exports
// never stand between a payment and its answer. How much may be under way is bounded, with a share for each who
// asks. Loop thread only.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "base/shares.hpp"
#include "net/loop.hpp"

namespace kgw {

class Slices {
 public:
  static constexpr std::string_view kTooMany =
      "Too many of this caller's lists are being prepared; wait for some to finish, then try again.";
  // One piece, of some 100 us at most. True: that was the last.
  using Piece = std::function<bool()>;

  explicit Slices(Loop& loop) : loop_(loop) {}
  // Begins in a later turn. False: `holder` has its share of what may be under way; the piece is not run.
  [[nodiscard]] bool add(std::string_view holder, Piece piece) {
    if (!shares_.take(holder)) return false;
    under_way_.push_back({std::string(holder), std::move(piece)});
    go_on();
    return true;
  }
  std::size_t under_way() const { return shares_.taken(); }

 private:
  static constexpr auto kTime = std::chrono::microseconds(500);  // of a turn
  struct Work {
    std::string holder;
    Piece piece;
  };

  void go_on() {
    if (posted_ || under_way_.empty()) return;
    posted_ = true;
    loop_.post([this] { run(); });
  }
  void run() {
    posted_ = false;
    const Instant until = loop_.read_clock() + kTime;
    do {
      Work work = std::move(under_way_.front());
      under_way_.pop_front();
      if (work.piece()) shares_.give_back(work.holder);
      else under_way_.push_back(std::move(work));
    } while (!under_way_.empty() && loop_.read_clock() < until);
    go_on();
  }

  Loop& loop_;
  Shares shares_{limits::kSlicesMax};
  std::deque<Work> under_way_;
  bool posted_ = false;
};

}  // namespace kgw
