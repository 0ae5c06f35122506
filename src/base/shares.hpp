// A bound shared by many, which no one can use up for the others: each may hold at most `times` as much as is
// left free. With `times` 1, one who is alone gets half and the next one half of the rest; with 9, nine
// tenths; so there is always room for a newcomer. SharedBound is the rule, for callers that know what each
// one holds; Shares also keeps those amounts, by name. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.hpp"

namespace kgw {

class SharedBound {
 public:
  constexpr explicit SharedBound(std::size_t whole, std::size_t times = 1) : whole_(whole), times_(times) {}

  // Returns whether one that holds `held` may take `amount` more. One that holds nothing may take all that is
  // free.
  constexpr bool has_room(std::size_t held, std::size_t amount = 1) const {
    if (amount > free()) return false;
    return held == 0 || held + amount <= times_ * (free() - amount);
  }
  // Does not check for room: what can't be refused is counted all the same.
  constexpr void take(std::size_t amount = 1) { taken_ += amount; }
  constexpr void give_back(std::size_t amount = 1) { taken_ -= std::min(amount, taken_); }
  constexpr std::size_t taken() const { return taken_; }
  constexpr std::size_t free() const { return whole_ > taken_ ? whole_ - taken_ : 0; }

 private:
  std::size_t whole_;
  std::size_t times_;
  std::size_t taken_ = 0;
};

class Shares {
 public:
  explicit Shares(std::size_t whole, std::size_t times = 1) : bound_(whole, times) {}

  // Returns false and changes nothing if there is no room for `who`.
  bool take(std::string_view who, std::size_t amount = 1) {
    const auto found = held_.find(who);
    if (!bound_.has_room(found == held_.end() ? 0 : found->second, amount)) return false;
    bound_.take(amount);
    if (found != held_.end()) found->second += amount;
    else held_.emplace(who, amount);
    return true;
  }
  // Gives back at most what `who` holds.
  void give_back(std::string_view who, std::size_t amount = 1) {
    const auto found = held_.find(who);
    if (found == held_.end()) return;
    amount = std::min(amount, found->second);
    bound_.give_back(amount);
    if ((found->second -= amount) == 0) held_.erase(found);
  }
  void clear() {
    bound_.give_back(bound_.taken());
    held_.clear();
  }
  std::size_t taken() const { return bound_.taken(); }
  std::size_t held_by(std::string_view who) const {
    const auto found = held_.find(who);
    return found == held_.end() ? 0 : found->second;
  }

 private:
  SharedBound bound_;
  std::unordered_map<std::string, std::size_t, StringHash, std::equal_to<>> held_;  // never a zero
};

}  // namespace kgw
