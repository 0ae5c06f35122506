// FailureLimiter: how many wrong keys and tokens an address may try. One token bucket per address, for a
// bounded number of addresses (the least recently used is dropped). Loop thread only.
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

  // Counts one failure; returns false if the address has had too many. IPv6 addresses are counted by their
  // first 64 bits, as the owner of one has all of that network.
  bool allow(std::string_view address, Instant now);

 private:
  struct Bucket {
    std::string address;
    double left = kBurst;
    Instant at{};
  };
  std::list<Bucket> by_use_;  // most recent first
  // Its keys are views into the list's nodes.
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> buckets_;
};

}  // namespace kgw
