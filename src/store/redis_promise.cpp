#include "store/redis_promise.hpp"

namespace kgw {

Result<RedisPromise> redis_promise(redis::Connection& connection) {
  const auto replies = connection.run({{"CONFIG", "GET", "appendonly"},
                                       {"CONFIG", "GET", "appendfsync"},
                                       {"CONFIG", "GET", "maxmemory-policy"},
                                       {"CONFIG", "GET", "maxmemory"}});
  if (!replies) return replies.error();
  const auto value = [&replies](std::size_t at) -> std::string {
    const redis::Reply& reply = (*replies)[at];
    return reply.items.size() == 2 ? reply.items[1].text : std::string();
  };
  RedisPromise promise;
  std::string& weakness = promise.weakness;
  promise.durability = value(0) == "yes" && value(1) == "always" ? Durability::strict : Durability::weak;
  if (value(0).empty()) {
    weakness = "Redis does not tell its settings (CONFIG is refused)";
  } else if (promise.durability == Durability::weak) {
    weakness = value(0) == "yes"
                   ? "Redis may lose its last second when it dies: set appendfsync always"
                   : "Redis may lose what it was given when it dies: set appendonly yes and appendfsync always";
  }
  if (value(2) != "noeviction" && value(3) != "0") {
    promise.durability = Durability::weak;
    weakness += (weakness.empty() ? "" : "; ") +
                std::string("Redis may throw payments away when it is full: set maxmemory-policy noeviction");
  }
  return promise;
}

}  // namespace kgw
