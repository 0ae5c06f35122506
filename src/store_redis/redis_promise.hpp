// What a Redis' settings guarantee for stored data. Blocking, stateless.
#pragma once

#include <string>

#include "redis/connection.hpp"
#include "store/journal.hpp"

namespace kgw {

struct RedisPromise {
  Durability durability = Durability::weak;
  std::string weakness;  // what they don't guarantee and what to set, one sentence; empty: nothing
  std::string unfit;     // why this Redis must not be used at all, one sentence; empty: it may be
  bool operator==(const RedisPromise&) const = default;
};

// `wait_replicas`: how many replicas have a commit before it is acknowledged. `may_take_over`: replicas known
// to others (the sentinels) besides those connected now. A hosted Redis may refuse CONFIG: then only INFO is
// known, and nothing is guaranteed.
Result<RedisPromise> redis_promise(redis::Connection& connection, int wait_replicas,
                                   std::size_t may_take_over = 0);

}  // namespace kgw
