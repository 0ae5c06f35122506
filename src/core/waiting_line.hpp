// WaitingLine: what stands in line at one kiosk, and how many of it are whose: so that one who sends faster
// than the kiosk works does not take the line away from all others. An empty one costs five words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/exchange.hpp"

namespace kgw {

class WaitingLine {
 public:
  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }
  Exchange* front() const { return list_.front(); }
  bool holds(const Exchange& x) const { return x.list == &list_; }

  // Whether one more of `holder` (nullptr: nothing is known of it yet) may stand here: up to `most` of them
  // whosever they are, and `reserved` more places for those who have fewer than that many here.
  bool has_room_for(const HolderEntry* holder, std::size_t most, std::size_t reserved) const;
  // REQUIRES x.holder, which stays while x is here.
  void push_back(Exchange& x);
  void remove(Exchange& x);

 private:
  // A few, hardly ever more: a look at all of them is no more than a look into a table.
  using Shares = std::vector<std::pair<const HolderEntry*, std::uint32_t>>;
  Shares::iterator find(const HolderEntry* holder) const;
  std::size_t of(const HolderEntry* holder) const;

  ExchangeList list_;
  std::unique_ptr<Shares> shares_;  // null: nobody waits
};

}  // namespace kgw
