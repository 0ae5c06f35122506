// RedisLease: which one gateway may write. The lease ends kLeaseTime after its holder's last sign of life, by
// Redis' own clock; every script of ours first looks whether it is still ours, so that a gateway which was
// stopped and comes back late can write nothing any more. Used by one thread at a time (the writer's, or before
// it starts); holds_until() by any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "redis/connection.hpp"

namespace kgw {

// What a gateway that waits has seen of the one that serves, from one try to the next.
struct SeenHolder {
  std::int64_t epoch = 0;          // the number of its lease; 0: none was seen
  std::optional<Instant> emptied;  // since when Redis does not know of that number any more
};

class RedisLease {
 public:
  static constexpr std::chrono::milliseconds kLeaseTime{5000};
  static constexpr std::chrono::milliseconds kRenewTime{
      250};  // with the limit of a command: a silent Redis is noticed within a second

  // `node`: who we are, for whoever waits; `nonce`: tells two lives of one node apart; `seen`: by earlier
  // tries, may be null.
  RedisLease(const std::string& node, const std::string& nonce, const Clock& clock,
             std::shared_ptr<SeenHolder> seen = nullptr)
      : token_(node + " " + nonce),
        clock_(clock),
        seen_(seen ? std::move(seen) : std::make_shared<SeenHolder>()) {}

  // What Redis holds, as far as it tells whether something is gone.
  struct Found {
    std::int64_t commits;  // so many commits since Redis was new
    bool older;            // it does not know of our lease, though it had it once
  };
  // Takes it, or takes it up again if nobody had it meanwhile: one that is absent is nobody's. Who waits leaves
  // a Redis that was emptied for kLeaseTime to the gateway that served it: that one can write again what is
  // lost. Faults: ErrorCode::already_exists, another gateway has it, or may come back to it (before it was ever
  // ours); ErrorCode::forbidden, another has or had it since: what we know is out of date; else Redis' own.
  Result<Found> take(redis::Connection& connection);
  // Only if it is still ours.
  Result<void> give_back(redis::Connection& connection);

  // A script that renews the lease was sent at `sent`, and Redis has acknowledged it.
  void renewed(Instant sent) { holds_until_.store(sent + kLeaseTime, std::memory_order_relaxed); }
  // Redis says that it is another's.
  void lost() { holds_until_.store(Instant::min(), std::memory_order_relaxed); }
  // No other gateway can have it before: counted from before the last renewal was sent, since Redis may have
  // done it at any time from then on.
  Instant holds_until() const { return holds_until_.load(std::memory_order_relaxed); }
  Instant now() const { return clock_.now().steady; }

  const std::string& token() const { return token_; }

 private:
  const std::string token_;
  const Clock& clock_;
  const std::shared_ptr<SeenHolder> seen_;
  std::atomic<Instant> holds_until_{Instant::min()};
  std::int64_t epoch_ = 0;  // 0: never held
};

}  // namespace kgw
