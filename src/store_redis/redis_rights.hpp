// Whether the user that we are in Redis may do all that the store does there: asked at every start, since a
// script that is refused a command half way leaves what it wrote before. Blocking, stateless.
#pragma once

#include <string>

#include "base/result.hpp"
#include "redis/connection.hpp"

namespace kgw {

// Fault store_unavailable: it may not, and what is missing, by name. Writes only keys that nobody uses, and
// takes them away; nothing while another gateway than `token` has the lease. `waits`: WAIT is used too.
Result<void> check_redis_rights(redis::Connection& connection, const std::string& token, bool waits);

}  // namespace kgw
