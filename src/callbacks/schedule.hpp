// CallbackSchedule: which callbacks are owed, when each is due, and which may be on its way now. Events and the
// time go in, the next one to send comes out. Pure: the same calls give the same order. Bounded: as many are
// held as limits::kCallbacksMax says, of one owner and endpoint a share of that (the rest stays in the store
// until there is room), and few are in flight for one owner and to one endpoint, so that a dead receiver holds
// up nobody else's.
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

// The n-th final state of a request; what its receiver knows a callback by, however often it comes.
struct CallbackId {
  RequestId request;
  std::uint32_t n = 1;

  auto operator<=>(const CallbackId&) const = default;
  std::string text() const { return request.text() + '.' + std::to_string(n); }  // the header `webhook-id`
};

struct OwedCallback {
  CallbackId id;
  std::string owner;     // of the API key that asked for it; empty: none
  std::string endpoint;  // CallbackTarget's
  std::string url;
  WallTime owed_at{};
  WallTime next_at{};        // of the next try; in the past: now
  std::uint32_t failed = 0;  // tries so far
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

  // False: there is no room for one more of this owner and endpoint. One that is held already stays as it is.
  bool add(OwedCallback callback, const Now& now);

  // The next one to send, which is in flight from now on, until on_answer(); nullptr: none is due, or none may
  // go now. Ask until then, after each event and at next_deadline(). It stays valid until its answer.
  const OwedCallback* next(const Now& now);

  // What becomes of one that is in flight; nullopt: it is not. `again`: it is held on, and `next_at` and
  // `failed` are what is to be written down; else it is held no more.
  std::optional<CallbackStep> on_answer(const CallbackId& id, const CallbackAnswer& answer, const Now& now,
                                        Random& random);

  // nullptr: it is not held.
  const OwedCallback* find(const CallbackId& id) const;
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
    bool fails = false;  // its last answer was a failure
  };
  struct Entry;
  // Of one owner to one endpoint.
  struct Lane {
    std::string name;
    Owner* owner = nullptr;
    Endpoint* endpoint = nullptr;
    std::size_t held = 0;
    std::deque<Entry*> due;  // not empty: the lane stands in `ring_`
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
  void make_due(Entry& entry);
  void forget(std::map<CallbackId, Entry>::iterator at);

  const CallbackBounds bounds_;
  Shares shares_;  // of `held`, by a lane's name
  std::map<CallbackId, Entry> entries_;
  std::map<std::string, Lane, std::less<>> lanes_;
  std::map<std::string, Owner, std::less<>> owners_;
  std::map<std::string, Endpoint, std::less<>> endpoints_;
  Deadlines<Entry> waiting_;
  std::deque<Lane*> ring_;  // lanes with something due; who was served goes to the end
  std::size_t in_flight_ = 0;
};

}  // namespace kgw
