// Claim: what the store says of an accepted record whose key it claims in the commit that has the record.
#pragma once

#include <cstdint>

namespace kgw {

enum class Claim : std::uint8_t {
  fresh,     // the key is its own from now on, or it has none: the record is durable
  joined,    // another exchange has the key, and runs: this one's record was not written
  replayed,  // the same, and that one has ended
  conflict,  // another exchange has the key for another request: this one's record was not written
};

}  // namespace kgw
