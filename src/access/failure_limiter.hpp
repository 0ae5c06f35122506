// FailureLimiter: how many wrong keys and tokens an address may try. A token bucket each, for a bounded number
// of addresses (the longest unused goes first). Loop thread only.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace kgw {

class FailureLimiter {
 public:
  static constexpr std::size_t kAddressesMax = 10'000;
  static constexpr double kBurst = 20;
  static constexpr double kPerSecond = 1;

  // Counts one failure. False: this address has had too many. `address` as text; of an IPv6 address the first
  // 64 bits count, since who has one has all of that network.
  bool allow(std::string_view address, Instant now);

 private:
  struct Bucket {
    std::string address;
    double left = kBurst;
    Instant at{};
  };
  std::list<Bucket> by_use_;  // the most recent first
  // Its keys point into the list's nodes.
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> buckets_;
};

}  // namespace kgw
