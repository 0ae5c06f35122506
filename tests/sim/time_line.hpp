// Virtual time and what happens in it. One queue of events; ties are broken by the order of insertion, so that
// a seed gives one trace.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace kgw::sim {

// Microseconds since the simulation began.
using Time = std::int64_t;
inline constexpr Time kMillisecond = 1'000;
inline constexpr Time kSecond = 1'000'000;

class TimeLine {
 public:
  using Event = std::function<void()>;

  Time now() const { return now_; }
  std::uint64_t events() const { return count_; }
  void at(Time when, Event event) { queue_.push({when < now_ ? now_ : when, ++order_, std::move(event)}); }
  void after(Time delay, Event event) { at(now_ + delay, std::move(event)); }

  // Runs the next event, unless there is none before `end`; then the time is `end`.
  bool step(Time end) {
    if (queue_.empty() || queue_.top().when > end) {
      now_ = end;
      return false;
    }
    now_ = queue_.top().when;
    Event event = std::move(const_cast<Entry&>(queue_.top()).event);  // the order does not depend on it
    queue_.pop();
    ++count_;
    event();
    return true;
  }

 private:
  struct Entry {
    Time when;
    std::uint64_t order;
    Event event;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };
  std::priority_queue<Entry, std::vector<Entry>, Later> queue_;
  Time now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace kgw::sim
