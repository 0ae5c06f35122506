// Store: what must survive, as a whole. Two homes: the journal on disk (store_sqlite/embedded_store) and Redis
// (store_redis/redis_store); and memory (store_sqlite/unjournaled_store, for JOURNAL=off). The core and the
// handlers don't know which one they have, and each takes only the part that it needs: the Journal that the
// exchanges' life is written to, the Registry that operators change, the History that is looked at.
//
// What is gathered for the Journal and the Registry in one turn goes into one commit. All methods are called on
// the loop's thread and none blocks (but open() and close(), at start and end).
#pragma once

#include "store/history.hpp"
#include "store/journal.hpp"
#include "store/registry.hpp"

namespace kgw {

class Store : public Journal, public Registry, public History {
 public:
  // Commits what was gathered, marks a clean end, and stops the threads. Blocks for as long as the disk takes.
  // One more poll() delivers what came of it.
  virtual void close() = 0;
};

}  // namespace kgw
