// RecentIds: requests that are running or finished recently, so that none is carried out twice. Bounded:
// finished ones are forgotten, oldest first; running ones never. Not thread-safe.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.hpp"

namespace kgw {

class RecentIds {
 public:
  explicit RecentIds(std::size_t done_max = 10'000) : done_max_(done_max) {}

  enum class State { fresh, running, done };
  State state(std::string_view id) const {
    const auto found = states_.find(id);
    return found == states_.end() ? State::fresh : found->second;
  }
  void begin(std::string_view id) { states_.insert_or_assign(std::string(id), State::running); }
  // Requires state(id) == running.
  void finish(std::string_view id) {
    states_.find(id)->second = State::done;
    done_.emplace_back(id);
    if (done_.size() <= done_max_) return;
    states_.erase(done_.front());
    done_.pop_front();
  }

 private:
  const std::size_t done_max_;
  std::unordered_map<std::string, State, StringHash, std::equal_to<>> states_;
  std::deque<std::string> done_;
};

}  // namespace kgw
