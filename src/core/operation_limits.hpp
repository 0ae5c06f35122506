// OperationLimits: how many requests of one operation may be out at one kiosk at a time
// (OPERATION_MAX_IN_FLIGHT, PROTOCOL.md 1.2, Lanes). Operations that are not named have no limit of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

struct OperationLimit {
  std::string operation;
  std::uint32_t most = 1;

  bool operator==(const OperationLimit&) const = default;
};

// At most limits::kOperationLimitsMax, each operation once.
using OperationLimits = std::vector<OperationLimit>;

// Returns the line in which an operation's requests wait at each kiosk: 0 for all that have no limit of their
// own, n for the n-th of `all`.
inline std::uint8_t line_of(const OperationLimits& all, std::string_view operation) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].operation == operation) return static_cast<std::uint8_t>(i + 1);
  return 0;
}

}  // namespace kgw
