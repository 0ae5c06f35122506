// TokenBuckets: how often each of many may do something: `burst` times at once, then once each `interval`. Of
// each one moment is kept, when its bucket will be full again, and of its name a hash: two names of one hash
// share a bucket. A bounded number of them. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace kgw {

class TokenBuckets {
 public:
  TokenBuckets(unsigned burst, std::chrono::nanoseconds interval, std::size_t names_max)
      : burst_time_(interval * burst), interval_(interval), names_max_(names_max) {}

  // Whether there is a whole token for `name`.
  bool may(std::string_view name, Instant now) const {
    const auto found = full_at_.find(key(name));
    return found == full_at_.end() || found->second + interval_ <= now + burst_time_;
  }
  // Takes one; where there is none, what is left of one.
  void take(std::string_view name, Instant now) {
    if (full_at_.size() >= names_max_) forget(now);
    Instant& full_at = full_at_.try_emplace(key(name), now).first->second;
    full_at = std::min(std::max(full_at, now) + interval_, now + burst_time_);
  }

 private:
  static std::uint64_t key(std::string_view name) { return std::hash<std::string_view>()(name); }
  // A full bucket is as good as none. When there is no full one, all are forgotten.
  void forget(Instant now) {
    std::erase_if(full_at_, [now](const auto& entry) { return entry.second <= now; });
    if (full_at_.size() >= names_max_) full_at_.clear();
  }

  const std::chrono::nanoseconds burst_time_;
  const std::chrono::nanoseconds interval_;
  const std::size_t names_max_;
  std::unordered_map<std::uint64_t, Instant> full_at_;
};

}  // namespace kgw
