// Of an id that a store does not have: whether it may have been accepted all the same. "Not found" is only said
// of what was surely never accepted (PROTOCOL.md 1.1): a caller pays again on it. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

// The smallest journal key of an exchange that was accepted at `t`, and whose clock was right (base/ids.hpp).
inline std::int64_t key_at(WallTime t) { return std::max<std::int64_t>(to_ms(t), 0) << 12; }

// `kept_from`: every exchange with a smaller key may be gone. `newest`: the largest key that was ever accepted,
// as far as is known. Ids only grow, so one between the two that is not there never was; nor one above them,
// unless it lies in the future: then another clock made it, or ours when it was wrong.
inline bool may_be_forgotten(const RequestId& id, std::int64_t kept_from, std::int64_t newest, WallTime now) {
  const bool ours = (id.bytes[6] >> 4) == 7 && (id.bytes[8] >> 6) == 2;  // RFC 9562 5.7
  if (!ours) return false;
  const std::int64_t key = id.journal_key();
  return key < kept_from || key > std::max(newest, key_at(now + Milliseconds(1)));
}

}  // namespace kgw
