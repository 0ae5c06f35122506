// LostRegistry: when Redis comes back without its data, the kiosks, keys and kept settings, which are still in
// memory here, are written to it again: some at a time, as one of the operators' changes, so that none of these
// comes between. If it fails before all are written, they are written when it is back. Loop thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "access/key_ring.hpp"
#include "admin/change_queue.hpp"
#include "admin/kept_settings.hpp"
#include "core/relay.hpp"
#include "core/walk.hpp"
#include "log/log.hpp"
#include "net/loop.hpp"
#include "store/registry.hpp"

namespace kgw {

class LostRegistry {
 public:
  // What is still in memory.
  struct Known {
    const Relay& relay;
    const KeyRing& keys;
    const KeptSettings& settings;
  };
  LostRegistry(const Known& known, Registry& registry, ChangeQueue& queue, Loop& loop, Log& log)
      : known_(known), registry_(registry), queue_(queue), loop_(loop), log_(log) {}

  // As StoreListener::on_store_recovered().
  void on_recovered(bool lost_data);

 private:
  enum class Part : std::uint8_t { kiosks, keys, rest, written };
  void begin();
  void write_some();
  void end(bool written);
  std::vector<RegistryChange> take_some();

  const Known known_;
  Registry& registry_;
  ChangeQueue& queue_;
  Loop& loop_;
  Log& log_;
  bool owed_ = false;    // the store has lost it and does not have it yet
  bool queued_ = false;  // it is, or will be, written
  bool anew_ = false;    // lost again meanwhile: what was written so far may be gone too
  Part part_ = Part::kiosks;
  Walk walk_;
};

}  // namespace kgw
