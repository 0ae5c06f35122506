// CallbackSchedule: which callbacks are owed, when each is due, and which may be sent now. Events and the time
// go in, the next callback to send comes out. Pure: the same calls give the same order. Bounded: it holds at
// most limits::kCallbacksMax, a share of them per owner and endpoint (the store keeps the rest), and few are in
// flight per owner and per endpoint, so that a dead receiver delays nobody else's callbacks.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/deadlines.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/shares.hpp"
#include "callbacks/retry.hpp"

namespace kgw {

// The n-th final state of a request. The receiver sees the same id at every try.
struct CallbackId {
  RequestId request;
  std::uint32_t n = 1;

  auto operator<=>(const CallbackId&) const = default;
  // The header `webhook-id`.
  std::string text() const { return request.text() + '.' + std::to_string(n); }
};

struct OwedCallback {
  CallbackId id;
  std::string owner;     // of the API key that asked for it; empty: none
  std::string endpoint;  // CallbackTarget's
  std::string url;
  WallTime owed_at{};
  WallTime next_at{};                  // of the next try; may be in the past
  std::uint32_t failed = 0;            // tries so far
  std::string kiosk_id{};              // of its request
  std::optional<WallTime> tried_at{};  // the last time
};

struct CallbackBounds {
  std::size_t held = limits::kCallbacksMax;
  std::size_t in_flight = limits::kCallbacksInFlightMax;
  std::size_t of_owner = limits::kCallbacksOfOwnerMax;
  std::size_t of_endpoint = limits::kCallbacksOfEndpointMax;
};

class CallbackSchedule {
 public:
  explicit CallbackSchedule(CallbackBounds bounds = {}) : bounds_(bounds), shares_(bounds.held) {}

  // Returns false if there is no room for another callback of this owner and endpoint. If it is held already,
  // nothing changes.
  bool add(OwedCallback callback, const Now& now);

  // Returns the next callback to send, or nullptr if none is due or may be sent now. It counts as in flight
  // until on_answer(), and the pointer is valid until then. Call it until it returns nullptr: after add(),
  // after on_answer() and at next_deadline().
  const OwedCallback* next(const Now& now);

  // Returns what becomes of a callback in flight, or nullopt if it is not in flight. `again`: it stays held,
  // and find() has the new `next_at` and `failed` to record. Otherwise it is no longer held.
  std::optional<CallbackStep> on_answer(const CallbackId& id, const CallbackAnswer& answer, const Now& now,
                                        Random& random);

  // Nothing was sent of a callback in flight: no try. It stays held, and is due again at `at`.
  void put_back(const CallbackId& id, Instant at);

  const OwedCallback* find(const CallbackId& id) const;  // nullptr: not held
  std::optional<Instant> next_deadline() const;
  std::size_t held() const { return entries_.size(); }
  std::size_t in_flight() const { return in_flight_; }

 private:
  struct Owner {
    std::size_t held = 0;
    std::size_t in_flight = 0;
  };
  struct Endpoint {
    std::size_t held = 0;
    std::size_t in_flight = 0;
    bool fails = false;  // the last response was a failure
  };
  struct Entry;
  // One owner's callbacks to one endpoint.
  struct Lane {
    std::string name;
    Owner* owner = nullptr;
    Endpoint* endpoint = nullptr;
    std::size_t held = 0;
    std::deque<Entry*> due;  // if not empty, the lane is in `ring_`
  };
  struct Entry {
    OwedCallback callback;
    Lane* lane = nullptr;
    Instant ends_at{};
    bool in_flight = false;
    DeadlineHook deadline{};
  };

  Lane& lane_of(const OwedCallback& callback);
  bool may_start(const Lane& lane) const;
  void land(Entry& entry);
  void make_due(Entry& entry);
  void forget(std::map<CallbackId, Entry>::iterator at);

  const CallbackBounds bounds_;
  Shares shares_;  // of `bounds_.held`, by lane
  std::map<CallbackId, Entry> entries_;
  std::map<std::string, Lane, std::less<>> lanes_;
  std::map<std::string, Owner, std::less<>> owners_;
  std::map<std::string, Endpoint, std::less<>> endpoints_;
  Deadlines<Entry> waiting_;
  std::deque<Lane*> ring_;  // lanes with something due, served in turn
  std::size_t in_flight_ = 0;
};

}  // namespace kgw
