// Reconnects: how often a kiosk may connect: sixty times at once, then once in five seconds. A client in a loop
// costs a handshake, two lines of history and a frame to every dashboard each time. Only those that were let in
// count, so nobody uses up a kiosk's share with a bad token. Loop thread only.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace kgw {

class Reconnects {
 public:
  static constexpr double kBurst = 60;
  static constexpr std::chrono::seconds kInterval{5};

  bool may(const std::string& kiosk_id, Instant now) const {
    const auto found = buckets_.find(kiosk_id);
    return found == buckets_.end() || refilled(found->second, now) >= 1;
  }
  void took(const std::string& kiosk_id, Instant now) {
    // As many as there may be kiosks: the full ones are as good as none.
    if (buckets_.size() >= limits::kKiosksMax)
      std::erase_if(buckets_, [now](const auto& entry) { return refilled(entry.second, now) >= kBurst; });
    Bucket& bucket = buckets_.try_emplace(kiosk_id, Bucket{kBurst, now}).first->second;
    bucket = {std::max(refilled(bucket, now) - 1, 0.0), now};
  }

 private:
  struct Bucket {
    double left;
    Instant at;
  };
  static double refilled(const Bucket& bucket, Instant now) {
    const std::chrono::duration<double> passed = now - bucket.at;
    return std::min(kBurst, bucket.left + passed / kInterval);
  }
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace kgw
