// Store: everything that must survive. Two homes: the journal on disk (store_sqlite/embedded_store) and Redis
// (store_redis/redis_store); and memory (store_sqlite/unjournaled_store, for JOURNAL=off). The core and the
// handlers don't know which one they have, and each takes only the part that it needs: the Journal of
// exchanges, the Registry of operators' changes, the History for reads.
//
// What is gathered for the Journal and the Registry in one turn goes into one commit. Loop thread only; no
// method blocks (except open() and close(), at start and end).
#pragma once

#include "store/history.hpp"
#include "store/journal.hpp"
#include "store/registry.hpp"

namespace kgw {

class Store : public Journal, public Registry, public History {
 public:
  // Commits what was gathered, marks a clean end and stops the threads. Blocks for as long as the disk takes.
  // One more poll() delivers the results.
  virtual void close() = 0;
};

}  // namespace kgw
