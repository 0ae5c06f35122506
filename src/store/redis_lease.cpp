#include "store/redis_lease.hpp"

#include "store/redis_layout.hpp"

namespace kgw {
namespace {

using redis::Command;
using redis::Reply;

// KEYS: the lease, its number. ARGV: our token, our number (0: never held), milliseconds.
// -> {1, number}: it is ours. {0, token}: another has it. {2, number}: another had it meanwhile.
constexpr const char* kTake = R"(
local holder = redis.call('GET', KEYS[1])
local epoch = tonumber(redis.call('GET', KEYS[2]) or '0')
if holder == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return {1, epoch}
end
if holder then return {0, holder} end
local ours = tonumber(ARGV[2])
if ours ~= 0 and epoch ~= 0 and epoch ~= ours then return {2, epoch} end
if epoch == 0 or ours == 0 then epoch = redis.call('INCR', KEYS[2]) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return {1, epoch}
)";

constexpr const char* kGiveBack = R"(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)";

std::string node_of(const std::string& token) { return token.substr(0, token.find(' ')); }

}  // namespace

Result<void> RedisLease::take(redis::Connection& connection) {
  const Instant sent = now();
  const auto reply =
      connection.run(Command{"EVAL", kTake, "2", redis_layout::kLease, redis_layout::kEpoch, token_,
                             std::to_string(epoch_), std::to_string(kLeaseTime.count())});
  if (!reply) return reply.error();
  if (reply->items.size() != 2) return Fault{ErrorCode::store_unavailable, "Redis answers a script strangely"};
  const Reply& detail = reply->items[1];
  switch (reply->items[0].integer) {
    case 1:
      emptied_ = epoch_ != 0 && detail.integer != epoch_;
      epoch_ = detail.integer;
      renewed(sent);
      return {};
    case 0:
      lost();
      if (epoch_ == 0)
        return Fault{ErrorCode::already_exists,
                     "another gateway (" + node_of(detail.text) + ") serves this Redis; waiting for it to end"};
      return Fault{ErrorCode::forbidden, "another gateway (" + node_of(detail.text) + ") has taken over"};
    default: lost(); return Fault{ErrorCode::forbidden, "another gateway had taken over meanwhile"};
  }
}

Result<void> RedisLease::give_back(redis::Connection& connection) {
  lost();
  const auto reply = connection.run(Command{"EVAL", kGiveBack, "1", redis_layout::kLease, token_});
  if (!reply) return reply.error();
  return {};
}

}  // namespace kgw
