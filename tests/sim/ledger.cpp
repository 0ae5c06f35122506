// Somebody finds out what became of requests whose outcome nobody knew, and says so: those that the disk has as
// unknown, at any moment of the gateway's life. Implements world.hpp.
#include "world.hpp"

namespace kgw::sim {

// By random numbers of its own, so that every other event of a seed stays what it is.
void World::resolve_later() {
  const auto delay = static_cast<Time>(1 + resolve_random_.below(20 * kSecond));
  time_.after(delay, [this] {
    resolve_one();
    if (!keys_rest_) resolve_later();
  });
}

void World::resolve_one() {
  if (!gateway_up_ || paused_ || !store_.up()) return;
  const std::vector<RequestId> unknown = disk_.unresolved();
  if (unknown.empty()) return;
  const RequestId id = unknown[resolve_random_.below(unknown.size())];
  const Resolution result = resolve_random_.chance(0.5) ? Resolution::done : Resolution::not_done;
  count_(Event::resolved);
  trace_.line(time_.now(), id, [result] { return "resolved: " + std::string(kgw::name(result)); });
  disk_.resolve(id, {result, "", "somebody", clock().wall});
  checker_.on_resolved(id);
  unclaimed_list_.on_read(id);  // whoever says so has looked at what there is
  turn([&] { gateway_->shell.onlookers().tell(&Onlooker::on_request_resolved, disk_.find(id)->stored()); });
}

}  // namespace kgw::sim
