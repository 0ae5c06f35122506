#include "callbacks/retry.hpp"

#include <algorithm>

#include "base/backoff.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

constexpr unsigned kGone = 410;
// No receiver is tried as often in limits::kCallbackTime, as long as the gateway runs. The time is measured
// anew at each start, by a clock that may be wrong each time: the number of tries is not.
constexpr std::uint32_t kTriesMax = 300;

// Computed from the number of failures alone: that is all that is stored.
Milliseconds jittered_wait(std::uint32_t failures, Random& random) {
  constexpr std::uint32_t kLongest = 32;  // by then the wait has long reached its maximum
  Backoff backoff(limits::kCallbackFirstWait, limits::kCallbackWaitMax);
  for (std::uint32_t i = 1; i < std::min(failures, kLongest); ++i) backoff.next();
  return backoff.next(random);
}

}  // namespace

Instant callback_end(WallTime owed_at, const Now& now) {
  // The upper bound is for records written while the clock was ahead.
  const Milliseconds left = owed_at + limits::kCallbackTime - now.wall;
  return now.steady + std::clamp<Milliseconds>(left, Milliseconds(limits::kCallbackGrace),
                                               Milliseconds(limits::kCallbackTime));
}

CallbackStep next_step(const CallbackAnswer& answer, std::uint32_t failed, Instant ends_at, Instant now,
                       Random& random) {
  if (answer.status >= 200 && answer.status < 300) return {CallbackStep::Kind::delivered};
  if (answer.status == kGone) return {CallbackStep::Kind::gone};
  if (now >= ends_at || failed >= kTriesMax - 1) return {CallbackStep::Kind::given_up};
  Milliseconds wait = jittered_wait(failed + 1, random);
  if (answer.retry_after) wait = std::max(wait, Milliseconds(*answer.retry_after));
  return {CallbackStep::Kind::again, std::min(now + wait, ends_at)};
}

}  // namespace kgw
