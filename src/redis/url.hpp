// RedisUrl: where a Redis is, and the credentials for it. redis://, rediss:// (TLS), their aliases valkey://
// and valkeys://, and redis+sentinel:// with any number of sentinels; user and password are percent-encoded;
// the database number is the path or ?db=. Other clients' parameters (?family=0, timeouts) are ignored,
// except those that would lead elsewhere.
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
  std::vector<Address> addresses;  // one, or all the sentinels
  std::string master;              // the sentinels' name for the master; empty: no sentinels
  std::string user;                // empty: the default user
  std::string password;            // empty: none
  int database = 0;
  // Without the credentials, for logs and errors.
  std::string shown() const;
};

// redis[s]://[[user]:password@]host[:port][/database][?...]
// redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/master[/database][?...]
// Fault: a sentence that never contains the password.
Result<RedisUrl> parse_redis_url(std::string_view text);

}  // namespace kgw::redis
