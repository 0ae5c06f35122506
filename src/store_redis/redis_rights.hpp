// Whether our Redis user has all the rights that the store needs: checked at every start, since a script that
// is refused a command half way leaves what it has already written. Blocking, stateless.
#pragma once

#include <string>

#include "base/result.hpp"
#include "redis/connection.hpp"

namespace kgw {

// Returns store_unavailable naming the missing commands. Writes only keys that nobody uses, and removes them;
// does nothing while a gateway other than `token` has the lease. `waits`: WAIT is needed too.
Result<void> check_redis_rights(redis::Connection& connection, const std::string& token, bool waits);

}  // namespace kgw
