// What a Redis' settings promise about what it was given. Blocking, stateless.
#pragma once

#include <string>

#include "redis/connection.hpp"
#include "store/journal.hpp"

namespace kgw {

struct RedisPromise {
  Durability durability = Durability::weak;
  std::string weakness;  // what they don't promise and what to set, one sentence; empty: nothing
  std::string unfit;     // why this Redis should not be used at all, one sentence; empty: it may be
  bool operator==(const RedisPromise&) const = default;
};

// `wait_replicas`: as many replicas have a commit before it counts. `may_take_over`: replicas that somebody
// else (the sentinels) knows of besides those that are connected now. A Redis of a hosting company may refuse
// CONFIG: then only what INFO says is known, and nothing promised.
Result<RedisPromise> redis_promise(redis::Connection& connection, int wait_replicas,
                                   std::size_t may_take_over = 0);

}  // namespace kgw
