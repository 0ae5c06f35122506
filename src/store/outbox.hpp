// Outbox: what the store's threads report to the loop, in order. Thread-safe. Bounded by what the loop
// requested: one event per read or registry batch, acknowledgements are merged, failures alternate with
// recoveries.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/records.hpp"
#include "store/journal.hpp"

namespace kgw {

struct CommittedEvent {
  std::uint64_t up_to;
  std::vector<NotNew> not_new;
};
struct FailedEvent {
  std::string why;
  std::uint64_t in_doubt_to;  // records up to this number may have been written, acknowledged or not
};
// It is still down, for a different reason than before.
struct StillFailingEvent {
  std::string why;
};
// What the home does not guarantee; empty: everything is guaranteed.
struct WeaknessEvent {
  std::string why;
};
struct RecoveredEvent {
  std::uint64_t epoch;
  bool lost_data;
  std::vector<StoredExchange> open;  // what is open in the store, after a loss
};
// Another gateway has taken over the data: nothing will be written any more.
struct TakenOverEvent {
  std::string why;
};
struct NoteEvent {
  std::string event;
  std::string detail;
};
using CallbackEvent = std::function<void()>;
using StoreEvent = std::variant<CommittedEvent, FailedEvent, StillFailingEvent, RecoveredEvent, TakenOverEvent,
                                WeaknessEvent, NoteEvent, CallbackEvent>;

class Outbox {
 public:
  explicit Outbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(StoreEvent event) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = events_.empty();
      auto* const last = first ? nullptr : std::get_if<CommittedEvent>(&events_.back());
      auto* const now = std::get_if<CommittedEvent>(&event);
      if (last && now) run_together(*last, *now);
      else events_.push_back(std::move(event));
    }
    if (first && wake_) wake_();
  }
  // Requires `into` to be empty.
  void take(std::vector<StoreEvent>& into) {
    const std::lock_guard lock(mutex_);
    events_.swap(into);
  }

 private:
  static void run_together(CommittedEvent& earlier, CommittedEvent& later) {
    earlier.up_to = later.up_to;
    earlier.not_new.insert(earlier.not_new.end(), later.not_new.begin(), later.not_new.end());
  }

  std::mutex mutex_;
  std::vector<StoreEvent> events_;
  std::function<void()> wake_;
};

}  // namespace kgw
