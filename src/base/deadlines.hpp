// Deadlines: a binary heap of items that know their own place in it, so that one that finishes early is
// removed at once and nothing stale piles up. Not thread-safe. Owns nothing: remove an item before destroying
// it. Ties are broken by order of insertion, so that a simulation's trace does not depend on addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

struct DeadlineHook {
  Instant at{};
  std::uint64_t order = 0;
  std::size_t place = kNowhere;
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  bool set() const { return place != kNowhere; }
};

// Requires T to have a member `DeadlineHook deadline`.
template <class T>
class Deadlines {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Instant next() const { return heap_.front()->deadline.at; }  // Requires !empty()
  T* front() const { return heap_.front(); }                   // Requires !empty()

  // Sets or moves the item's deadline.
  void set(T& item, Instant at) {
    remove(item);
    item.deadline.at = at;
    item.deadline.order = ++orders_;
    item.deadline.place = heap_.size();
    heap_.push_back(&item);
    up(item.deadline.place);
  }

  // Moves every deadline at or before `last` by `by`.
  void shift(std::chrono::nanoseconds by, Instant last) {
    const std::vector<T*> all = heap_;
    for (T* const item : all)
      if (item->deadline.at <= last) set(*item, item->deadline.at + by);
  }

  // Does nothing if the item has no deadline.
  void remove(T& item) {
    const std::size_t place = item.deadline.place;
    if (place == DeadlineHook::kNowhere) return;
    T* const last = heap_.back();
    heap_.pop_back();
    item.deadline.place = DeadlineHook::kNowhere;
    if (last == &item) return;
    put(place, last);
    up(place);
    down(last->deadline.place);
  }

 private:
  static bool before(const T* a, const T* b) {
    return a->deadline.at != b->deadline.at ? a->deadline.at < b->deadline.at
                                            : a->deadline.order < b->deadline.order;
  }
  void put(std::size_t place, T* item) {
    heap_[place] = item;
    item->deadline.place = place;
  }
  void up(std::size_t place) {
    T* const item = heap_[place];
    while (place > 0) {
      const std::size_t parent = (place - 1) / 2;
      if (!before(item, heap_[parent])) break;
      put(place, heap_[parent]);
      place = parent;
    }
    put(place, item);
  }
  void down(std::size_t place) {
    T* const item = heap_[place];
    for (;;) {
      std::size_t child = 2 * place + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
      if (!before(heap_[child], item)) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, item);
  }

  std::vector<T*> heap_;
  std::uint64_t orders_ = 0;
};

}  // namespace kgw
