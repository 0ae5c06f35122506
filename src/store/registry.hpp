// Registry: operators' changes (kiosks, keys, settings, each with its line of the audit trail), and the
// connection history. Each batch of changes is all or nothing and has its own callback; a history line has
// none.
//
// Loop thread only; no method blocks.
#pragma once

#include <functional>
#include <vector>

#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw {

class Registry {
 public:
  using Written = std::function<void(Result<void>)>;

  virtual ~Registry() = default;
  // Writes a batch of changes with their lines of the audit trail, all or nothing. The callback runs in
  // poll() once it is durable, or with a Fault: overloaded beyond the queue's bound; store_unavailable if the
  // store is or goes down (then the next start shows whether it was written: the caller keeps its old state
  // and may try again, which is safe).
  virtual void write_registry(std::vector<RegistryChange> changes, Written callback) = 0;
  // Writes a line of connection history, without confirmation; dropped if the store is down or its queue is
  // full.
  virtual void note_connection(ConnectionRecord record) = 0;
};

}  // namespace kgw
