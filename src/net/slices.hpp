// Slices: work that is too long for one turn, cut into pieces. All work in progress gets its pieces in
// rotation, and all pieces of one turn together take about half a millisecond, however many are waiting:
// lists and exports never delay a payment's answer. The amount of work is bounded, with a share per holder.
// Loop thread only.
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
  // One piece of at most some 100 us. Returns true if it was the last.
  using Piece = std::function<bool()>;

  explicit Slices(Loop& loop) : loop_(loop) {}
  // Starts the work in a later turn. Returns false, and never runs the piece, if `holder` has used up its
  // share.
  [[nodiscard]] bool add(std::string_view holder, Piece piece) {
    if (!shares_.take(holder)) return false;
    under_way_.push_back({std::string(holder), std::move(piece)});
    go_on();
    return true;
  }
  std::size_t under_way() const { return shares_.taken(); }

 private:
  static constexpr auto kTime = std::chrono::microseconds(500);  // per turn
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
