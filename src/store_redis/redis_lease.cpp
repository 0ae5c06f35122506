#include "store_redis/redis_lease.hpp"

#include "store_redis/redis_layout.hpp"
#include "store_redis/redis_scripts.hpp"

namespace kgw {
namespace {

using redis::Command;
using redis::Reply;

std::string node_of(const std::string& token) { return token.substr(0, token.find(' ')); }

Fault strange() { return Fault{ErrorCode::store_unavailable, "Redis gave an unexpected answer to a script"}; }

}  // namespace

Result<RedisLease::Found> RedisLease::take(redis::Connection& connection) {
  const Instant sent = now();
  const bool leave_it = !seen_->emptied || sent - *seen_->emptied < kLeaseTime;
  const auto reply =
      connection.run(Command{"EVAL", redis_scripts::kTake, "3", redis_layout::kLease, redis_layout::kEpoch,
                             redis_layout::kMeta, token_, std::to_string(epoch_),
                             std::to_string(kLeaseTime.count()), std::to_string(leave_it ? seen_->epoch : 0)});
  if (!reply) return reply.error();
  if (reply->items.size() < 2) return strange();
  const Reply& detail = reply->items[1];
  switch (reply->items[0].integer) {
    case 1: {
      if (reply->items.size() != 4) return strange();
      const Found found{reply->items[2].integer, reply->items[3].integer < epoch_};
      epoch_ = detail.integer;
      renewed(sent);
      return found;
    }
    case 0:
      lost();
      if (reply->items.size() != 3) return strange();
      *seen_ = {reply->items[2].integer, std::nullopt};
      if (epoch_ == 0)
        return Fault{ErrorCode::already_exists, "another gateway (" + node_of(detail.text) +
                                                    ") is using this Redis; waiting for it to stop"};
      return Fault{ErrorCode::forbidden, "another gateway (" + node_of(detail.text) + ") has taken over"};
    case 2: lost(); return Fault{ErrorCode::forbidden, "another gateway has taken over in the meantime"};
    case 3:
      if (!seen_->emptied) seen_->emptied = sent;
      return Fault{ErrorCode::already_exists,
                   "this Redis was emptied or restored from an old copy; waiting 5 seconds for the gateway "
                   "that was using it to write its data again"};
    default: return strange();
  }
}

Result<void> RedisLease::give_back(redis::Connection& connection) {
  lost();
  const auto reply =
      connection.run(Command{"EVAL", redis_scripts::kGiveBack, "1", redis_layout::kLease, token_});
  if (!reply) return reply.error();
  return {};
}

}  // namespace kgw
