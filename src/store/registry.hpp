// Registry: what operators change (kiosks, keys, settings, each with its line of the audit trail), and the
// history of connections. Each batch of changes is all or nothing and has its own callback; a line of history
// has none.
//
// All methods are called on the loop's thread and none blocks.
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
  // Writes a batch of changes to kiosks and keys, with their lines of the audit trail, all or none of it; the
  // callback comes from poll() when it is durable, or with store_unavailable when the store is down or went
  // down meanwhile (whether it is written is then not known until the next start: the caller keeps to what it
  // had and may try again, which is safe), or overloaded past the queue's bound.
  virtual void write_registry(std::vector<RegistryChange> changes, Written callback) = 0;
  // One line of connection history, without an answer; dropped when the store is down or its queue is full.
  virtual void note_connection(ConnectionRecord record) = 0;
};

}  // namespace kgw
