// What a receiver's response to a callback means, and when to try again (PROTOCOL.md 1.4; Standard Webhooks,
// "Delivery success and failure"). Pure functions on the steady clock: setting the wall clock neither hastens
// nor ends a callback.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw {

struct CallbackAnswer {
  unsigned status = 0;                                // 0: no HTTP response arrived
  std::optional<std::chrono::seconds> retry_after{};  // the response's Retry-After
};

struct CallbackStep {
  enum class Kind : std::uint8_t {
    delivered,  // 2xx
    again,      // anything else; 3xx too, as redirects are not followed
    gone,       // 410, the receiver refuses it for ever: a dead letter at once
    given_up,   // the last try failed: a dead letter
  };
  Kind kind = Kind::again;
  Instant at{};  // again: of the next try
};

// Returns until when a callback owed since `owed_at` is tried: limits::kCallbackTime after that, but at least
// limits::kCallbackGrace from now, so that a gateway that was down does not turn callbacks into dead letters.
// Call it when the callback is loaded or replayed, and keep the result.
Instant callback_end(WallTime owed_at, const Now& now);

// `failed`: the number of failed tries before this one. The wait grows exponentially with full jitter and is
// never shorter than Retry-After. A next try that would be due after `ends_at` is moved to `ends_at`; it is the
// last one. So is the 300th, which only restarts with a wrong clock come to.
CallbackStep next_step(const CallbackAnswer& answer, std::uint32_t failed, Instant ends_at, Instant now,
                       Random& random);

}  // namespace kgw
