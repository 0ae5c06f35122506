#include "registry_on_disk.hpp"

namespace kgw::sim {

void RegistryOnDisk::end_life(bool clean) {
  ++life_;
  for (const auto& [number, changes] : std::exchange(under_way_, {}))
    if (clean || random_.chance(0.5)) write(changes);
}

void RegistryOnDisk::later(std::function<void()> what) {
  const auto delay = 1 + static_cast<Time>(random_.below(static_cast<std::uint64_t>(slowest_)));
  store_.time.after(delay, [this, life = life_, what = std::move(what)] {
    if (life == life_) what();
  });
}

void RegistryOnDisk::say(std::function<void()> what) {
  store_.wake([this, life = life_, what = std::move(what)] {
    if (life == life_) what();
  });
}

void RegistryOnDisk::write_registry(std::vector<RegistryChange> changes, Written callback) {
  const std::uint64_t number = ++last_write_;
  under_way_[number] = std::move(changes);
  later([this, number, callback = std::move(callback)] {
    const auto changes_of_it = under_way_.extract(number);
    if (!readable()) {
      if (random_.chance(0.3)) write(changes_of_it.mapped());
      return say([callback] { callback(Fault{ErrorCode::store_unavailable, {}}); });
    }
    write(changes_of_it.mapped());
    say([callback] { callback({}); });
  });
}

}  // namespace kgw::sim
