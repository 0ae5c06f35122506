#include "store_redis/redis_rights.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "store_redis/redis_layout.hpp"
#include "store_redis/redis_scripts.hpp"

namespace kgw {
namespace {

using redis::Command;
using redis::Reply;

const std::string kHash = "kgw:probe:hash", kSorted = "kgw:probe:sorted", kSet = "kgw:probe:set",
                  kStream = "kgw:probe:stream", kString = "kgw:probe:string";

// All that is run outside the scripts. Whatever else goes wrong with them here does not matter.
std::vector<Command> commands_outside(bool waits) {
  std::vector<Command> commands{
      {"EVALSHA", std::string(40, '0'), "0"},
      {"SCRIPT", "LOAD", redis_scripts::kGiveBack},
      {"INFO", "memory"},
      {"HGET", kHash, "a"},
      {"HGETALL", kHash},
      {"HMGET", kHash, "a"},
      {"HDEL", kHash, "a"},
      {"HSET", kHash, "a", "b"},
      {"TIME"},
      {"SMEMBERS", kSet},
      {"ZRANGEBYLEX", kSorted, "-", "+", "LIMIT", "0", "1"},
      {"ZREVRANGEBYLEX", kSorted, "+", "-", "LIMIT", "0", "1"},
      {"ZREM", kSorted, "a"},
      {"XRANGE", kStream, "-", "+", "COUNT", "1"},
      {"XREVRANGE", kStream, "+", "-", "COUNT", "1"},
      {"XTRIM", kStream, "MAXLEN", "1"},
      {"DEL", kHash},
      {"MULTI"},
      {"EXEC"},
  };
  if (waits) commands.push_back({"WAIT", "0", "1"});
  return commands;
}

}  // namespace

Result<void> check_redis_rights(redis::Connection& connection, const std::string& token, bool waits) {
  std::vector<Command> commands = commands_outside(waits);
  commands.push_back({"EVAL", redis_scripts::kRights, "6", redis_layout::kLease, kHash, kSorted, kSet, kStream,
                      kString, token});
  const auto replies = connection.run(commands);
  if (!replies) return replies.error();
  std::vector<std::string> missing;
  bool keys = false;
  const auto miss = [&missing](const std::string& name) {
    if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.push_back(name);
  };
  for (std::size_t i = 0; i < commands.size(); ++i) {
    // "NOPERM ..."; of EXEC "EXECABORT ... because of: NOPERM ..."
    if (!(*replies)[i].is_error() || (*replies)[i].text.find("NOPERM") == std::string::npos) continue;
    // "... permissions to access one of the keys ...", "No permissions to access a key"
    if ((*replies)[i].text.find(" key") != std::string::npos) keys = true;
    else miss(ascii::lowered(commands[i][0]) + (commands[i][0] == "SCRIPT" ? "|load" : ""));
  }
  for (const Reply& name : replies->back().items) miss(ascii::lowered(name.text));
  if (keys)
    return Fault{ErrorCode::store_unavailable,
                 "the user in REDIS_URL is not allowed to use keys that begin with kgw: (grant it ~kgw:* in "
                 "Redis; docs/redis.md lists all the permissions it needs)"};
  if (missing.empty()) return {};
  std::string list;
  for (const std::string& name : missing) list += " +" + name;
  return Fault{ErrorCode::store_unavailable, "the user in REDIS_URL lacks permissions in Redis: grant it" +
                                                 list + " (docs/redis.md lists all the permissions it needs)"};
}

}  // namespace kgw
