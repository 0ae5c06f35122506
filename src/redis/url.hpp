// RedisUrl: where a Redis is and who we are there. redis://, rediss:// (TLS), valkey:// and valkeys:// as they
// are called elsewhere, and redis+sentinel:// with any number of sentinels; user and password percent-encoded;
// the database's number is the path or ?db=. Behind '?' other clients' matters (?family=0, timeouts) are read
// over, but nothing that would lead elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kgw::redis {

struct Address {
  std::string host;
  std::uint16_t port = 6379;
  bool operator==(const Address&) const = default;
};

struct RedisUrl {
  bool tls = false;
  std::vector<Address> addresses;  // one; of sentinels: all of them
  std::string master;              // the sentinels' name of the master; empty: not by sentinels
  std::string user;                // empty: the default user
  std::string password;            // empty: none
  int database = 0;
  // Where it is, without who we are: for logs and errors.
  std::string shown() const;
};

// redis[s]://[[user]:password@]host[:port][/database][?...]
// redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/master[/database][?...]
// Fault: a sentence that never holds the password.
Result<RedisUrl> parse_redis_url(std::string_view text);

}  // namespace kgw::redis
