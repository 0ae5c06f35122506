#include "store/redis_promise.hpp"

namespace kgw {

Result<RedisPromise> redis_promise(redis::Connection& connection) {
  const auto replies = connection.run({{"CONFIG", "GET", "appendonly"},
                                       {"CONFIG", "GET", "appendfsync"},
                                       {"CONFIG", "GET", "maxmemory-policy"}});
  if (!replies) return replies.error();
  const auto value = [&replies](std::size_t at) -> std::string {
    const redis::Reply& reply = (*replies)[at];
    return reply.items.size() == 2 ? reply.items[1].text : std::string();
  };
  const bool syncs = value(0) == "yes" && value(1) == "always";
  const bool keeps = value(2) == "noeviction";
  RedisPromise promise;
  promise.durability = syncs && keeps ? Durability::strict : Durability::weak;
  std::string& weakness = promise.weakness;
  if (value(0).empty()) {
    weakness = "Redis does not tell its settings (CONFIG is refused)";
    return promise;
  }
  if (!syncs) {
    weakness = value(0) == "yes"
                   ? "Redis may lose its last second when it dies: set appendfsync always"
                   : "Redis may lose what it was given when it dies: set appendonly yes and appendfsync always";
  }
  if (!keeps)
    weakness += (weakness.empty() ? "" : "; ") +
                std::string("Redis may throw payments away when it is full: set maxmemory-policy noeviction");
  return promise;
}

}  // namespace kgw
