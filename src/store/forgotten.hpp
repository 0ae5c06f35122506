// Whether an id that a store does not have may have been accepted all the same. "Not found" is only returned
// for what was certainly never accepted (PROTOCOL.md 1.1): on it a caller pays again. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

// The smallest journal key of an exchange accepted at `t` with a correct clock (base/ids.hpp).
inline std::int64_t key_at(WallTime t) { return std::max<std::int64_t>(to_ms(t), 0) << 12; }

// `kept_from`: every exchange with a smaller key may have been deleted. `newest`: the largest key known to
// have been accepted. Ids only grow, so an id between the two that is not stored never existed; nor did one
// above them, unless it is in the future: then another clock, or ours when it was wrong, generated it.
inline bool may_be_forgotten(const RequestId& id, std::int64_t kept_from, std::int64_t newest, WallTime now) {
  const bool ours = (id.bytes[6] >> 4) == 7 && (id.bytes[8] >> 6) == 2;  // RFC 9562 5.7
  if (!ours) return false;
  const std::int64_t key = id.journal_key();
  return key < kept_from || key > std::max(newest, key_at(now + Milliseconds(1)));
}

}  // namespace kgw
