#include "callbacks/endpoint_health.hpp"

#include <algorithm>

namespace kgw {

EndpointHealth::Watch* EndpointHealth::watch(const std::string& owner, const std::string& endpoint,
                                             WallTime since, const Now& now) {
  const auto found = watches_.find({owner, endpoint});
  if (found != watches_.end()) return &found->second;
  if (!shares_.take(owner)) return nullptr;
  const auto at = watches_.emplace(std::pair(owner, endpoint), Watch{}).first;
  Watch& watch = at->second;
  watch.since = std::min(since, now.wall);
  watch.last = now.steady;
  watch.owner = &at->first.first;
  watch.endpoint = &at->first.second;
  const Milliseconds left = watch.since + limits::kCallbackFailingTime - now.wall;
  deadlines_.set(watch, now.steady + std::max(left, Milliseconds(0)));
  return &watch;
}

void EndpointHealth::on_failure(const std::string& owner, const std::string& endpoint, std::string_view why,
                                const Now& now) {
  Watch* const failing = watch(owner, endpoint, now.wall, now);
  if (failing == nullptr) return;
  failing->last = now.steady;
  failing->why = why.substr(0, limits::kCallbackWhyBytesMax);
  if (failing->raised) deadlines_.set(*failing, now.steady + limits::kCallbackTime);
}

void EndpointHealth::on_owed(const std::string& owner, const std::string& endpoint, WallTime since,
                             const Now& now) {
  Watch* const failing = watch(owner, endpoint, since, now);
  if (failing == nullptr || failing->raised || since >= failing->since) return;
  deadlines_.set(*failing, failing->deadline.at - (failing->since - since));
  failing->since = since;
}

void EndpointHealth::on_success(const std::string& owner, const std::string& endpoint) {
  const auto found = watches_.find({owner, endpoint});
  if (found != watches_.end()) forget(found);
}

void EndpointHealth::on_tick(const Now& now) {
  while (!deadlines_.empty() && deadlines_.next() <= now.steady) {
    Watch& watch = *deadlines_.front();
    if (watch.raised) {
      forget(watches_.find({*watch.owner, *watch.endpoint}));
      continue;
    }
    watch.raised = true;
    ++raised_;
    tell(watch);
    deadlines_.set(watch, std::max(now.steady, watch.last + limits::kCallbackTime));
  }
}

std::optional<Instant> EndpointHealth::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.next());
}

void EndpointHealth::tell(const Watch& watch) {
  news_.push_back({*watch.owner, *watch.endpoint, watch.raised, watch.since, watch.why});
}

void EndpointHealth::forget(Watches::iterator at) {
  Watch& watch = at->second;
  if (std::exchange(watch.raised, false)) {
    --raised_;
    tell(watch);
  }
  deadlines_.remove(watch);
  shares_.give_back(at->first.first);
  watches_.erase(at);
}

}  // namespace kgw
