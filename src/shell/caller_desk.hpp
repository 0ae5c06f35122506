// CallerDesk: who waits for what exchange's end, and where they are told. Loop thread only.
//
// The core knows of one waiting party an exchange, by the id of the caller that it began with. Here it has its
// callers: the first, and all that joined it later. The core hears that the party is gone when the last one is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/effects.hpp"

namespace kgw {

class CallerDesk {
 public:
  // How a caller of /send hears of it.
  class Teller {
   public:
    virtual ~Teller() = default;
    // REQUIRES a caller that waits: told exactly once. One that went away meanwhile hears nothing.
    // `traceparent`: the caller's own, or empty. `joined`: it came with the key of a request that was here
    // already.
    virtual void tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) = 0;
  };
  explicit CallerDesk(Teller& teller) : teller_(teller) {}

  // A caller of /send waits for `id`: told by tell(), forgotten then. `traceparent`: a valid one, or empty.
  void add(CallerId caller, const RequestId& id, std::string_view traceparent) {
    callers_.emplace(caller, Waiting{id, caller, false, false, std::string(traceparent)});
  }
  // A caller inside the gateway: `told` hears the end of its request, exactly once. Gives its id.
  CallerId add_own(std::function<void(const Reply&)> told);
  // Of callers of /send only.
  bool has(CallerId caller) const { return callers_.contains(caller); }

  // What a caller's going leaves behind.
  struct Left {
    CallerId party;
    RequestId id;
    bool half;  // somebody can still be told
  };
  // It closed; `can_write`: its sending side only (or so it seems), and it stays. Nothing: others of its party
  // wait as before, or it does not wait here.
  std::optional<Left> leave(CallerId caller, bool can_write);

  // The party of `caller` waits for `id` from now on, together with `party`; none: alone, as before. What those
  // leave behind who are all gone meanwhile; nothing: somebody waits.
  std::optional<Left> merge(CallerId caller, CallerId party, const RequestId& id);

  // Those who hear of an exchange's end; they don't wait any more.
  struct Party {
    struct Member {
      CallerId caller;
      std::string traceparent;
      bool joined = false;
    };
    Member first{CallerId::none, {}};
    std::vector<Member> others;
  };
  Party take(CallerId party);
  void tell(const Party& party, const Reply& reply);

 private:
  struct Waiting {
    RequestId id;
    CallerId party;
    bool half;    // it closed its sending side
    bool joined;  // another one's request
    std::string traceparent;
  };
  // Whether one of them can still be told and has not closed its sending side.
  bool any_waits(const std::vector<CallerId>& all) const;
  Party::Member take_one(CallerId caller);
  void tell_one(const Party::Member& member, const Reply& reply);

  Teller& teller_;
  std::unordered_map<CallerId, Waiting> callers_;
  std::unordered_map<CallerId, std::function<void(const Reply&)>> own_callers_;
  // All who wait, in the order in which they came, of the parties that somebody joined.
  std::unordered_map<CallerId, std::vector<CallerId>> parties_;
  std::uint64_t own_ids_ = 0;
};

}  // namespace kgw
