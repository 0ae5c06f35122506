// CallerDesk: which callers wait for which exchange's end, and how they get it. Loop thread only.
//
// The core knows one waiting party per exchange, by the id of the caller that began it. The desk knows its
// members: that caller, and all that joined later. The core learns that the party has left when the last of
// them has.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "core/effects.hpp"

namespace kgw {

class CallerDesk {
 public:
  // Answers a caller of /send.
  class Teller {
   public:
    virtual ~Teller() = default;
    // Requires a waiting caller, to be answered exactly once; one that has left meanwhile gets nothing.
    // `traceparent`: the caller's own, or empty. `joined`: it came with the key of an earlier request.
    virtual void tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) = 0;
  };
  explicit CallerDesk(Teller& teller) : teller_(teller) {}

  // A caller of /send waits for `id`: removed when it gets the result. `traceparent`: a valid one, or empty.
  void add(CallerId caller, const RequestId& id, std::string_view traceparent) {
    callers_.emplace(caller, Waiting{id, caller, false, false, Instant::max(), std::string(traceparent)});
  }
  // Adds a caller inside the gateway and returns its id; `told` gets the end of its request `id`, or of another
  // one that it joined, exactly once, and returns whether anybody heard it. It never leaves.
  CallerId add_own(std::function<bool(const Reply&)> told, const RequestId& id = {});
  // The exchange for which a caller inside the gateway waits. REQUIRES one that does.
  const RequestId& exchange_of(CallerId own) const { return own_callers_.at(own).id; }
  // For callers of /send only.
  bool has(CallerId caller) const { return callers_.contains(caller); }

  // What remains when a caller has left.
  struct Left {
    CallerId party;
    RequestId id;
    bool half;            // somebody can still be answered
    bool joined = false;  // who left now had joined another one's request
  };
  // The caller closed; with `can_write` only its sending side (or so it seems), and it stays. Returns nullopt
  // if others of its party still wait as before, or it does not wait here.
  std::optional<Left> leave(CallerId caller, bool can_write);

  // From now on the party of `caller` waits for `id`, together with `party`; none: alone, as before. `caller`
  // itself waits until `expires` at most. Returns what remains if all of them have left meanwhile, else
  // nullopt.
  std::optional<Left> merge(CallerId caller, CallerId party, const RequestId& id, Instant expires);

  // Who joined has a deadline of its own: the exchange has that of the caller who began it.
  std::optional<Instant> next_deadline() const {
    return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
  }
  struct Overdue {
    CallerId caller;
    RequestId id;  // that it waits for
  };
  // One whose deadline is not after `now`.
  std::optional<Overdue> overdue(Instant now) const;
  // Gives it until then. REQUIRES one that joined.
  void wait_longer(CallerId caller, Instant expires);

  // Those who get an exchange's end; they no longer wait.
  struct Party {
    struct Member {
      CallerId caller;
      std::string traceparent;
      bool joined = false;
    };
    Member first{CallerId::none, {}};
    std::vector<Member> others;
    std::size_t size() const { return others.size() + (first.caller != CallerId::none ? 1 : 0); }
  };
  Party take(CallerId party);
  // Takes this one alone out of its party; `left`: what remains, as from leave().
  Party take_alone(CallerId caller, std::optional<Left>& left);
  // Returns whether anybody heard it.
  bool tell(const Party& party, const Reply& reply);

 private:
  struct Waiting {
    RequestId id;
    CallerId party;
    bool half;    // it has closed its sending side
    bool joined;  // another caller's request
    Instant expires;
    std::string traceparent;
  };
  // Returns whether one of them can still be answered and has not closed its sending side.
  bool any_waits(const std::vector<CallerId>& all) const;
  Party::Member take_one(CallerId caller);
  void set_deadline(CallerId caller, Waiting& waiting, Instant expires);
  void erase(std::unordered_map<CallerId, Waiting>::iterator waiting);
  bool tell_one(const Party::Member& member, const Reply& reply);

  Teller& teller_;
  std::unordered_map<CallerId, Waiting> callers_;
  struct Own {
    RequestId id;
    std::function<bool(const Reply&)> told;
  };
  std::unordered_map<CallerId, Own> own_callers_;
  // For parties that somebody joined: all that wait, in order of arrival.
  std::unordered_map<CallerId, std::vector<CallerId>> parties_;
  std::set<std::pair<Instant, CallerId>> deadlines_;  // of those who joined
  std::uint64_t own_ids_ = 0;
};

}  // namespace kgw
