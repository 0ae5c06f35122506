// LateAnswers: answers that no exchange in memory is waiting for, each held until the store has said whether
// such an exchange exists. A kiosk answers only once: nothing is dropped because the store is slow or down,
// or because another kiosk has more to say. Each kiosk has its own queue; they take turns, one answer at a
// time. What must go beyond a bound is returned, so that it can be reported: a kiosk's own newest beyond its
// bound; beyond the total bound, the newest of the kiosk that holds most. Loop thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "core/effects.hpp"

namespace kgw {

class LateAnswers {
 public:
  struct Bounds {
    std::size_t bytes_max = limits::kLookupBytesMax;
    std::size_t kiosk_bytes_max = limits::kLookupBytesOfKioskMax;
    std::size_t asked_max = limits::kLookupsAskedMax;  // by the store at the same time
  };
  LateAnswers() : LateAnswers(Bounds()) {}
  explicit LateAnswers(Bounds bounds) : bounds_(bounds) {}

  // Holds the answer; returns what had to go, if anything.
  [[nodiscard]] std::vector<FindExchange> hold(FindExchange answer);
  // Returns the next answer to ask the store about; it is held until done() or again(). nullopt if none is
  // waiting, or enough are being asked about.
  std::optional<FindExchange> next();
  // The store has answered yes or no.
  void done(const FindExchange& asked);
  // The store could not tell: back to the front of its kiosk's queue.
  void again(FindExchange asked);
  // For the shutdown: returns everything held, including what the store is being asked about. done() and
  // again() do nothing for these.
  std::vector<FindExchange> take_all();

  bool holds_any() const { return bytes_ > 0; }
  bool any_waits() const { return !turns_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Line {
    std::deque<FindExchange> waiting;
    std::size_t waiting_bytes = 0;
    std::size_t bytes = 0;  // including those being asked about
  };
  using Lines = std::map<std::string, Line, std::less<>>;

  static std::size_t size_of(const FindExchange& answer);
  void weigh(Lines::iterator at, std::size_t waiting_bytes);
  void drop(Lines::iterator at, std::size_t bytes);
  FindExchange take_newest_of_heaviest();
  bool no_longer_asked(const FindExchange& answer);

  const Bounds bounds_;
  Lines lines_;                                                   // of kiosks for which something is held
  std::deque<std::string_view> turns_;                            // those for which something is waiting
  std::set<std::pair<std::size_t, std::string_view>> by_weight_;  // the same, by the bytes waiting
  std::size_t bytes_ = 0;
  std::vector<FindExchange> asked_;  // of the store, and not answered yet
};

}  // namespace kgw
