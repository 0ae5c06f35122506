// LostRegistry: when Redis comes back without its data, the kiosks, keys and kept settings, which are still in
// memory here, are written to it again. If it fails before they are written, they are written when it is back.
// Loop thread only.
#pragma once

#include "access/key_ring.hpp"
#include "admin/kept_settings.hpp"
#include "core/relay.hpp"
#include "log/log.hpp"
#include "net/loop.hpp"
#include "store/registry.hpp"

namespace kgw {

class LostRegistry {
 public:
  LostRegistry(const Relay& relay, const KeyRing& keys, const KeptSettings& kept, Registry& registry,
               Loop& loop, Log& log)
      : relay_(relay), keys_(keys), kept_(kept), registry_(registry), loop_(loop), log_(log) {}

  // As StoreListener::on_store_recovered().
  void on_recovered(bool lost_data);

 private:
  const Relay& relay_;
  const KeyRing& keys_;
  const KeptSettings& kept_;
  Registry& registry_;
  Loop& loop_;
  Log& log_;
  bool owed_ = false;  // the store has lost it and does not have it yet
};

}  // namespace kgw
