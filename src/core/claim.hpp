// Claim: the store's verdict on an accepted record, which claims its key, and its order, in the commit that has
// the record.
#pragma once

#include <cstdint>

#include "base/ids.hpp"

namespace kgw {

enum class Claim : std::uint8_t {
  fresh,  // what it claims is this exchange's from now on, or it claims nothing: the record is durable
  // Its record was not written:
  taken,       // another exchange has the key, for the same request
  conflict,    // another exchange has the key, for another request
  order_open,  // another exchange has the order, and it may have been done, or may be yet
  order_paid,  // another exchange has the order, and was done
};

constexpr bool of_order(Claim claim) { return claim == Claim::order_open || claim == Claim::order_paid; }

struct ClaimVerdict {
  Claim claim = Claim::fresh;
  RequestId holder{};  // that has the key or the order, unless fresh
};

}  // namespace kgw
