#include "callbacks/schedule.hpp"

#include <algorithm>

namespace kgw {
namespace {

// The length makes it unambiguous: an owner's name may be any text.
std::string lane_name(const OwedCallback& callback) {
  return std::to_string(callback.owner.size()) + ' ' + callback.owner + callback.endpoint;
}

// What is left of the wait for the next try. Both times are by one clock, the one of the last try: whatever was
// done to the clock since, the wait is not longer than it was.
Milliseconds wait_of(const OwedCallback& callback, const Now& now) {
  if (callback.failed == 0 || !callback.tried_at) return Milliseconds(0);
  const Milliseconds whole = std::clamp<Milliseconds>(callback.next_at - *callback.tried_at, Milliseconds(0),
                                                      Milliseconds(limits::kCallbackTime));
  return std::clamp<Milliseconds>(callback.next_at - now.wall, Milliseconds(0), whole);
}

}  // namespace

CallbackSchedule::Lane& CallbackSchedule::lane_of(const OwedCallback& callback) {
  Lane& lane = lanes_[lane_name(callback)];
  if (lane.owner == nullptr) {
    lane.name = lane_name(callback);
    lane.owner = &owners_[callback.owner];
    lane.endpoint = &endpoints_[callback.endpoint];
  }
  return lane;
}

bool CallbackSchedule::add(OwedCallback callback, const Now& now) {
  if (entries_.contains(callback.id)) return true;
  if (!shares_.take(lane_name(callback))) return false;
  Lane& lane = lane_of(callback);
  ++lane.held;
  ++lane.owner->held;
  ++lane.endpoint->held;
  const CallbackId id = callback.id;
  Entry& entry = entries_.emplace(id, Entry{}).first->second;
  entry.ends_at = callback_end(callback.owed_at, now);
  const Milliseconds wait = wait_of(callback, now);
  entry.callback = std::move(callback);
  entry.lane = &lane;
  if (wait == Milliseconds(0)) make_due(entry);
  else waiting_.set(entry, std::min(now.steady + wait, entry.ends_at));
  return true;
}

void CallbackSchedule::make_due(Entry& entry) {
  waiting_.remove(entry);
  Lane& lane = *entry.lane;
  if (lane.due.empty()) ring_.push_back(&lane);
  lane.due.push_back(&entry);
}

// A failing endpoint gets one at a time: enough to notice that it is back, and it takes little of the shared
// bound.
bool CallbackSchedule::may_start(const Lane& lane) const {
  return lane.owner->in_flight < bounds_.of_owner &&
         lane.endpoint->in_flight < (lane.endpoint->fails ? 1 : bounds_.of_endpoint);
}

const OwedCallback* CallbackSchedule::next(const Now& now) {
  while (!waiting_.empty() && waiting_.next() <= now.steady) make_due(*waiting_.front());
  if (in_flight_ >= bounds_.in_flight) return nullptr;
  for (std::size_t left = ring_.size(); left > 0; --left) {
    Lane& lane = *ring_.front();
    ring_.pop_front();
    if (!may_start(lane)) {
      ring_.push_back(&lane);
      continue;
    }
    Entry& entry = *lane.due.front();
    lane.due.pop_front();
    if (!lane.due.empty()) ring_.push_back(&lane);
    entry.in_flight = true;
    ++in_flight_;
    ++lane.owner->in_flight;
    ++lane.endpoint->in_flight;
    return &entry.callback;
  }
  return nullptr;
}

std::optional<CallbackStep> CallbackSchedule::on_answer(const CallbackId& id, const CallbackAnswer& answer,
                                                        const Now& now, Random& random) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.in_flight) return std::nullopt;
  Entry& entry = found->second;
  land(entry);
  const CallbackStep step = next_step(answer, entry.callback.failed, entry.ends_at, now.steady, random);
  using Kind = CallbackStep::Kind;
  entry.lane->endpoint->fails = step.kind == Kind::again || step.kind == Kind::given_up;
  if (step.kind != Kind::again) {
    forget(found);
    return step;
  }
  ++entry.callback.failed;
  entry.callback.tried_at = now.wall;
  entry.callback.next_at = now.wall + std::chrono::ceil<Milliseconds>(step.at - now.steady);
  waiting_.set(entry, step.at);
  return step;
}

void CallbackSchedule::put_back(const CallbackId& id, Instant at) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !found->second.in_flight) return;
  land(found->second);
  waiting_.set(found->second, at);
}

void CallbackSchedule::land(Entry& entry) {
  entry.in_flight = false;
  --in_flight_;
  --entry.lane->owner->in_flight;
  --entry.lane->endpoint->in_flight;
}

void CallbackSchedule::forget(std::map<CallbackId, Entry>::iterator at) {
  const Entry& entry = at->second;
  Lane& lane = *entry.lane;
  shares_.give_back(lane.name);
  if (--lane.endpoint->held == 0) endpoints_.erase(entry.callback.endpoint);
  if (--lane.owner->held == 0) owners_.erase(entry.callback.owner);
  if (--lane.held == 0) lanes_.erase(lanes_.find(lane.name));
  entries_.erase(at);
}

const OwedCallback* CallbackSchedule::find(const CallbackId& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second.callback;
}

std::optional<Instant> CallbackSchedule::next_deadline() const {
  return waiting_.empty() ? std::nullopt : std::optional(waiting_.next());
}

}  // namespace kgw
