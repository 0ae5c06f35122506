// Claim: the store's verdict on an accepted record, which claims its key in the commit that has the record.
#pragma once

#include <cstdint>

#include "base/ids.hpp"

namespace kgw {

enum class Claim : std::uint8_t {
  fresh,     // the key is this exchange's from now on, or it has none: the record is durable
  taken,     // another exchange has the key, for the same request: this one's record was not written
  conflict,  // another exchange has the key, for another request: this one's record was not written
};

struct ClaimVerdict {
  Claim claim = Claim::fresh;
  RequestId holder{};  // that has the key, unless fresh
};

}  // namespace kgw
