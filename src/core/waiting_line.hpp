// WaitingLine: what stands in line at one kiosk: a line for each operation with a limit of its own, so that a
// receipt does not wait behind a card, and one for all others; and how many of it are whose: so that one who
// sends faster than the kiosk works does not take the line away from all others. An empty one costs one word.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "core/exchange.hpp"

namespace kgw {

class WaitingLine {
 public:
  std::size_t size() const { return lines_ ? lines_->size : 0; }
  bool empty() const { return !lines_; }
  // The one that came first, of all lines or of Exchange::line `line`; nullptr: nobody waits there.
  Exchange* front() const;
  Exchange* front(std::size_t line) const { return lines_ ? lines_->of[line].front() : nullptr; }
  bool holds(const Exchange& x) const { return lines_ && x.list == &lines_->of[x.line]; }

  // Whether one more of `holder` (nullptr: nothing is known of it yet) may stand here: up to `most` of them
  // whosever they are, and `reserved` more places for those who have fewer than that many here.
  bool has_room_for(const HolderEntry* holder, std::size_t most, std::size_t reserved) const;
  // REQUIRES x.holder, which stays while x is here.
  void push_back(Exchange& x);
  void remove(Exchange& x);

 private:
  // A few, hardly ever more: a look at all of them is no more than a look into a table.
  using Shares = std::vector<std::pair<const HolderEntry*, std::uint32_t>>;
  struct Lines {
    std::array<ExchangeList, limits::kOperationLimitsMax + 1> of;
    std::uint32_t size = 0;
    Shares shares;
  };
  Shares::iterator find(const HolderEntry* holder) const;
  std::size_t of(const HolderEntry* holder) const;

  std::unique_ptr<Lines> lines_;  // null: nobody waits
};

}  // namespace kgw
