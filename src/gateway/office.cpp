#include "gateway/office.hpp"

#include "gateway/doors.hpp"
#include "gateway/ground.hpp"
#include "gateway/relaying.hpp"
#include "gateway/store_side.hpp"

namespace kgw {

Office::Office(Ground& on, Doors& doors, StoreSide& stores, Relaying& relaying)
    : slices(on.loop),
      queue(on.loop),
      changing{queue, on.loop, stores.registry, on.log},
      kiosks(on.config, relaying.shell, doors.tokens, on.random, changing),
      keys(doors.keys, on.random, changing),
      resolutions(changing, stores.history, relaying.shell),
      alerts(
          relaying.shell, Alerts::Stored{stores.kept, stores.journal, stores.history},
          [&doors] { return doors.certificate.ends(); }, on.loop, slices, on.log) {
  if (!stores.home.weakness.empty()) alerts.on_store_weak(stores.home.weakness);
}

}  // namespace kgw
