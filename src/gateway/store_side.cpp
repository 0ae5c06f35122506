#include "gateway/store_side.hpp"

#include <utility>

#include "gateway/ground.hpp"

namespace kgw {

StoreSide::StoreSide(Ground& on, OpenedStore opened)
    : home(std::move(opened)),
      journal(*home.store),
      history(*home.store),
      registry(*home.store, news, faults, on.clock),
      kept(registry, home.image.settings),
      webhook_secrets(kept, on.random, on.loop) {}

}  // namespace kgw
