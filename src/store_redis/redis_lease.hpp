// RedisLease: which one gateway may write. The lease expires kLeaseTime after its holder's last sign of life,
// by Redis' own clock; each of our scripts first checks that it is still ours, so that a gateway which was
// stopped and comes back late can't write any more. Used by one thread at a time (the writer's, or before it
// starts); holds_until(): any thread.
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

// What a waiting gateway has seen of the serving one, from one attempt to the next.
struct SeenHolder {
  std::int64_t epoch = 0;          // its lease's number; 0: none was seen
  std::optional<Instant> emptied;  // since when Redis has not known that number any more
};

class RedisLease {
 public:
  static constexpr std::chrono::milliseconds kLeaseTime{5000};
  static constexpr std::chrono::milliseconds kRenewTime{
      // With a command's time limit: a silent Redis is noticed within a second.
      250};

  // `node`: our name, for those who wait; `nonce`: distinguishes two runs of one node; `seen`: by earlier
  // attempts, may be null.
  RedisLease(const std::string& node, const std::string& nonce, const Clock& clock,
             std::shared_ptr<SeenHolder> seen = nullptr)
      : token_(node + " " + nonce),
        clock_(clock),
        seen_(seen ? std::move(seen) : std::make_shared<SeenHolder>()) {}

  // What Redis knows, to detect a loss of data.
  struct Found {
    std::int64_t commits;  // number of commits since Redis was empty
    bool older;            // it does not know our lease, although it once did
  };
  // Takes the lease, or resumes it if nobody else had it meanwhile; an absent one is nobody's. A waiting
  // gateway leaves an emptied Redis to the gateway that served it for kLeaseTime, as that one can rewrite
  // what is lost. Faults: already_exists if another gateway has it or may come back to it (before it was ever
  // ours); forbidden if another has it or had it since, so that what we know is out of date; else Redis' own.
  Result<Found> take(redis::Connection& connection);
  // Deletes the lease if it is still ours.
  Result<void> give_back(redis::Connection& connection);

  // Call when Redis has acknowledged a script that renews the lease, sent at `sent`.
  void renewed(Instant sent) { holds_until_.store(sent + kLeaseTime, std::memory_order_relaxed); }
  // Call when Redis reports that another gateway has it.
  void lost() { holds_until_.store(Instant::min(), std::memory_order_relaxed); }
  // No other gateway can have the lease before this time: counted from before the last renewal was sent,
  // since Redis may have executed it at any time from then on.
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
