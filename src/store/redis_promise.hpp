// What a Redis' settings promise about what it was given. Blocking, stateless.
#pragma once

#include <string>

#include "redis/connection.hpp"
#include "store/store.hpp"

namespace kgw {

struct RedisPromise {
  Durability durability = Durability::weak;
  std::string weakness;  // what they don't promise and what to set, one sentence; empty: nothing
};

// A Redis of a hosting company may refuse CONFIG: then nothing is known, and nothing promised.
Result<RedisPromise> redis_promise(redis::Connection& connection);

}  // namespace kgw
