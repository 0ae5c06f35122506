// Reconnects: how often a kiosk may connect: sixty times at once, then once in five seconds. A client in a
// loop costs a handshake, two lines of history and a frame to every dashboard each time. Only admitted
// connections are counted, so that nobody uses up a kiosk's share with a bad token. Loop thread only.
#pragma once

#include <string_view>

#include "base/limits.hpp"
#include "shell/token_buckets.hpp"

namespace kgw {

class Reconnects {
 public:
  static constexpr unsigned kBurst = 60;
  static constexpr std::chrono::seconds kInterval{5};

  bool may(std::string_view kiosk_id, Instant now) const { return buckets_.may(kiosk_id, now); }
  void took(std::string_view kiosk_id, Instant now) { buckets_.take(kiosk_id, now); }

 private:
  TokenBuckets buckets_{kBurst, kInterval, limits::kKiosksMax};  // as many as there may be kiosks
};

}  // namespace kgw
