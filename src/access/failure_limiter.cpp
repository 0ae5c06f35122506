#include "access/failure_limiter.hpp"

#include <algorithm>

#include "net/visitors.hpp"

namespace kgw {

bool FailureLimiter::allow(std::string_view address, Instant now) {
  const std::string network = network_of(address);
  auto found = buckets_.find(network);
  if (found == buckets_.end()) {
    if (by_use_.size() >= kAddressesMax) {
      buckets_.erase(by_use_.back().address);
      by_use_.pop_back();
    }
    by_use_.push_front(Bucket{network, kBurst, now});
    found = buckets_.emplace(by_use_.front().address, by_use_.begin()).first;
  } else {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
  }
  Bucket& bucket = *found->second;
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.left = std::min(kBurst, bucket.left + seconds * kPerSecond);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

}  // namespace kgw
