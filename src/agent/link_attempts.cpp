#include "agent/link_attempts.hpp"

#include <algorithm>

namespace kgw {
namespace {

constexpr unsigned kDisabled = 403;

}  // namespace

LinkAttempts::Next LinkAttempts::after(const End& end, Random& random) {
  // The other addresses would say the same, and this is no trouble that grows.
  if (end.http_status == kDisabled) return {address_, settings_.disabled};
  const bool stable = end.lasted && *end.lasted >= kStable;
  if (stable) {
    backoff_.reset();
    failed_ = 0;
  }
  not_before_[address_] = end.now + std::min(end.retry_after.value_or(Milliseconds(0)), kRetryAfterMax);
  if (stable && !end.stalled) {
    address_ = 0;
  } else {
    ++failed_;
    address_ = (address_ + 1) % settings_.addresses;
  }
  const bool round_ended = failed_ % settings_.addresses == 0;
  Backoff within_round(settings_.first, settings_.first);
  return choose(end.now, round_ended ? backoff_.next(random) : within_round.next(random));
}

// The first in order that may be asked by then; if none may, the one that may be asked first, the random wait
// later: those that were all sent away at once must not come back at once.
LinkAttempts::Next LinkAttempts::choose(Instant now, Milliseconds wait) {
  std::size_t best = address_;
  for (std::size_t i = 0; i < settings_.addresses; ++i) {
    const std::size_t candidate = (address_ + i) % settings_.addresses;
    if (not_before_[candidate] <= now + wait) {
      address_ = candidate;
      return {candidate, wait};
    }
    if (not_before_[candidate] < not_before_[best]) best = candidate;
  }
  address_ = best;
  return {best, std::chrono::ceil<Milliseconds>(not_before_[best] - now) + wait};
}

}  // namespace kgw
