// What a receiver's answer to a callback means, and when the next try is due (PROTOCOL.md 1.4, Standard
// Webhooks "Delivery success and failure"). Pure functions; they go by the steady clock alone, so that a clock
// that is set neither hastens nor ends a callback.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw {

struct CallbackAnswer {
  unsigned status = 0;                                // 0: no HTTP answer came
  std::optional<std::chrono::seconds> retry_after{};  // what the answer's Retry-After asks for
};

struct CallbackStep {
  enum class Kind : std::uint8_t {
    delivered,  // 2xx
    again,      // at `at`; redirects are not followed, so 3xx is a failure like any other
    gone,       // 410: the receiver wants no more of it; a dead letter at once
    given_up,   // its time is over; a dead letter
  };
  Kind kind = Kind::again;
  Instant at{};  // again: when
};

// Until when a callback that has been owed since `owed_at` is tried: for limits::kCallbackTime, and at least
// limits::kCallbackGrace from now on, so that nothing becomes a dead letter because this gateway was down. To
// be asked when the callback is taken up, after a start or when a dead letter is sent again.
Instant callback_end(WallTime owed_at, const Now& now);

// `failed`: how many tries failed before this answer. The wait is exponential with full jitter, never shorter
// than Retry-After asks for. What would come after `ends_at` comes at `ends_at`, as the last try.
CallbackStep next_step(const CallbackAnswer& answer, std::uint32_t failed, Instant ends_at, Instant now,
                       Random& random);

}  // namespace kgw
