#include "store_redis/redis_promise.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace kgw {
namespace {

using redis::Reply;

// "name:value\r\n" of INFO; empty: it does not say.
std::string info_of(const Reply& info, std::string_view name) {
  const std::string line = "\n" + std::string(name) + ":";
  const std::size_t at = info.text.find(line);
  if (at == std::string::npos) return {};
  const std::size_t from = at + line.size();
  return info.text.substr(from, info.text.find_first_of("\r\n", from) - from);
}

std::string config_of(const Reply& reply) {
  return reply.items.size() == 2 ? reply.items[1].text : std::string();
}

// How many are connected, as the master's ROLE lists them.
std::size_t replicas_of(const Reply& role) { return role.items.size() > 2 ? role.items[2].items.size() : 0; }

void add(std::string& sentence, std::string_view more) {
  sentence.append(sentence.empty() ? "" : "; ").append(more);
}

}  // namespace

Result<RedisPromise> redis_promise(redis::Connection& connection, int wait_replicas,
                                   std::size_t may_take_over) {
  const auto replies = connection.run(
      {{"CONFIG", "GET", "appendonly"}, {"CONFIG", "GET", "appendfsync"}, {"INFO", "memory"}, {"ROLE"}});
  if (!replies) return replies.error();
  const std::string appendonly = config_of((*replies)[0]), appendfsync = config_of((*replies)[1]);
  const std::string policy = info_of((*replies)[2], "maxmemory_policy");
  const std::string maxmemory = info_of((*replies)[2], "maxmemory");
  const std::size_t replicas = std::max(replicas_of((*replies)[3]), may_take_over);

  RedisPromise promise;
  std::string& weakness = promise.weakness;
  if (appendonly.empty() || appendfsync.empty())
    add(weakness, "Redis does not reveal its settings (CONFIG is refused)");
  else if (appendonly != "yes")
    add(weakness, "Redis may lose data if it crashes: set appendonly yes and appendfsync always");
  else if (appendfsync != "always")
    add(weakness, "Redis may lose the last second of data if it crashes: set appendfsync always");
  if (policy != "noeviction")
    add(weakness, "Redis may delete payments when it is full: set maxmemory-policy noeviction");
  if (replicas > 0 && wait_replicas == 0)
    add(weakness,
        "a replica that replaces the master may lack the latest records: set REDIS_WAIT_REPLICAS to 1");
  if (weakness.empty()) promise.durability = Durability::strict;
  if (policy.starts_with("allkeys") && !maxmemory.empty() && maxmemory != "0")
    promise.unfit = "Redis deletes answers, kiosks and keys when it is full (maxmemory-policy " + policy +
                    "): set maxmemory-policy noeviction";
  return promise;
}

}  // namespace kgw
