// AsyncCalls: callers of POST /send with `Prefer: respond-async` (PROTOCOL.md 1.4). Each hears that its request
// was accepted once that is durable, and no sooner than its `wait=` is over; an end that comes before is told
// as to any caller. To the core they are callers inside the gateway, who never go away: so nothing is rejected
// because such a connection has closed. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "shell/caller_desk.hpp"
#include "shell/intake.hpp"
#include "shell/relay_shell.hpp"

namespace kgw {

class AsyncCalls final : public AsyncCallers {
 public:
  // Answers `call` with 202. `x`: as the store has it. `fields`: complete header lines.
  using Accept = std::function<void(CallerId call, const StoredExchange& x, const std::string& fields)>;

  AsyncCalls(RelayShell& shell, CallerDesk::Teller& teller, const TurnClock& clock, Accept accept)
      : shell_(shell), teller_(teller), clock_(clock), accept_(std::move(accept)) {}

  CallerId enlist(CallerId call, const RequestId& id, const Preferences& prefer,
                  std::string_view traceparent) override;

  std::optional<Instant> next_deadline() const {
    return ends_.empty() ? std::nullopt : std::optional(ends_.begin()->first);
  }
  void on_tick(const Now& now);
  std::size_t size() const { return calls_.size(); }

 private:
  struct Call {
    CallerId http;
    RequestId id;  // as it was given out; with a key it may be another's in the end
    std::string traceparent;
    Instant until;
  };
  void look_again();
  bool settle(CallerId own, const Call& call);
  void accept(CallerId own, const Exchange& x);
  bool end(CallerId own, const Reply& reply);  // whether its caller heard it

  RelayShell& shell_;
  CallerDesk::Teller& teller_;
  const TurnClock& clock_;
  const Accept accept_;
  std::unordered_map<CallerId, Call> calls_;  // not answered yet, by their id inside
  std::vector<CallerId> fresh_;               // of them, those whose acceptance is not durable yet
  std::multimap<Instant, CallerId> ends_;     // of `wait=`, of the others
};

}  // namespace kgw
