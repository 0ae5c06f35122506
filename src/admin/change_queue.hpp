// ChangeQueue: operators' changes, one after another, so that none is lost and none sees another half done.
// Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "log/log.hpp"
#include "net/loop.hpp"
#include "store/registry.hpp"

namespace kgw {

class ChangeQueue {
 public:
  // A change must call done() on every path, now or later.
  using Change = std::function<void()>;
  static constexpr std::size_t kChangesMax = 1000;

  explicit ChangeQueue(Loop& loop) : loop_(loop) {}

  // Returns false and queues nothing if too many are waiting.
  bool add(Change change) {
    if (changes_.size() >= kChangesMax) return false;
    changes_.push_back(std::move(change));
    start_next();
    return true;
  }
  // The next change starts from the loop, not inside the last one: 1,000 that fail at once must not nest.
  void done() {
    busy_ = false;
    if (!changes_.empty()) loop_.post([this] { start_next(); });
  }

 private:
  void start_next() {
    if (busy_ || changes_.empty()) return;
    busy_ = true;
    const Change change = std::move(changes_.front());
    changes_.pop_front();
    change();
  }

  Loop& loop_;
  std::deque<Change> changes_;
  bool busy_ = false;
};

// What every change works with: the queue, the time, the registry that makes it durable, the log. Requires all
// of it to outlive its users.
struct Changing {
  ChangeQueue& queue;
  Loop& loop;
  Registry& registry;
  Log& log;
};

}  // namespace kgw
