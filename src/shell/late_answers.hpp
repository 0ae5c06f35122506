// LateAnswers: answers that no exchange in memory waits for, each held until the store has said whether there
// is such an exchange. A kiosk says a thing once: so nothing goes because the store is slow, or down, or
// because another kiosk has more to say. Every kiosk has a line of its own; they are asked about in turn, one
// after the other. What must go, past a bound, is given back, so that it is told for what it is: a kiosk's own
// newest past its bound; past that of all together, the newest of the kiosk that holds most. Loop thread only.
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
    std::size_t asked_max = limits::kLookupsAskedMax;  // of the store at a time
  };
  LateAnswers() : LateAnswers(Bounds()) {}
  explicit LateAnswers(Bounds bounds) : bounds_(bounds) {}

  // Takes it in. What had to go, if anything.
  [[nodiscard]] std::vector<FindExchange> hold(FindExchange answer);
  // Whose turn it is to be asked about: still held, until done() or again(). Nothing: none waits, or enough are
  // being asked about.
  std::optional<FindExchange> next();
  // The store has said yes or no.
  void done(const FindExchange& asked);
  // It could not say: first in its kiosk's line again.
  void again(FindExchange asked);
  // The end: all that is held, also what the store is being asked about. done() and again() for these come to
  // nothing.
  std::vector<FindExchange> take_all();

  bool holds_any() const { return bytes_ > 0; }
  bool any_waits() const { return !turns_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Line {
    std::deque<FindExchange> waiting;
    std::size_t waiting_bytes = 0;
    std::size_t bytes = 0;  // with those that are being asked about
  };
  using Lines = std::map<std::string, Line, std::less<>>;

  static std::size_t size_of(const FindExchange& answer);
  void weigh(Lines::iterator at, std::size_t waiting_bytes);
  void drop(Lines::iterator at, std::size_t bytes);
  FindExchange take_newest_of_heaviest();
  bool no_longer_asked(const FindExchange& answer);

  const Bounds bounds_;
  Lines lines_;                                                   // of kiosks of which something is held
  std::deque<std::string_view> turns_;                            // those of which something waits
  std::set<std::pair<std::size_t, std::string_view>> by_weight_;  // the same, by the bytes that wait
  std::size_t bytes_ = 0;
  std::vector<FindExchange> asked_;  // of the store, and not said yet
};

}  // namespace kgw
