// Places: what is out at one kiosk, or about to be, and how much of it is of each operation with a limit of its
// own. An empty one costs four words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/limits.hpp"
#include "core/exchange.hpp"

namespace kgw {

class Places {
 public:
  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }
  Exchange* front() const { return list_.front(); }
  // How many of Exchange::line `line`, which is not 0.
  std::uint32_t of(std::uint8_t line) const { return of_ ? (*of_)[line - 1U] : 0; }

  void push_back(Exchange& x) {
    list_.push_back(x);
    if (x.line == 0) return;
    if (!of_) of_ = std::make_unique<Counts>();
    ++(*of_)[x.line - 1U];
  }
  void remove(Exchange& x) {
    list_.remove(x);
    if (x.line != 0) --(*of_)[x.line - 1U];
    if (list_.empty()) of_.reset();
  }

 private:
  using Counts = std::array<std::uint32_t, limits::kOperationLimitsMax>;

  ExchangeList list_;
  std::unique_ptr<Counts> of_;  // null: none of them
};

}  // namespace kgw
