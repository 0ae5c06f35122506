// Queries of the admin API: known names only; `limit`, `cursor`, `from` and `to` of its lists (PROTOCOL.md
// 1.5).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/json_object.hpp"

namespace kgw {

// Fault: invalid_parameter if a name is unknown or repeated or the query is badly encoded: ignoring a filter
// would give a wrong answer.
Result<void> check_parameters(std::span<const std::string_view> known, std::string_view query);

// Returns `limit`, or `standard` if absent. Fault: invalid_argument unless it is from 1 to `most`.
Result<std::size_t> page_limit(std::string_view query, std::size_t standard, std::size_t most);
// Returns `cursor`, the `next` of an earlier page, or nullopt if absent. Fault: invalid_argument.
Result<std::optional<std::int64_t>> page_cursor(std::string_view query);
// Returns `wait`, or 0 if absent. Fault: invalid_argument unless it is a number from 0 to 60.
Result<std::chrono::seconds> page_wait(std::string_view query);
// `from` and `to`: times in [from, to). Fault: invalid_argument.
struct TimeSpan {
  std::optional<WallTime> from;
  std::optional<WallTime> to;
  bool has(WallTime at) const { return (!from || at >= *from) && (!to || at < *to); }
};
Result<TimeSpan> page_times(std::string_view query);
// Returns the value of "true" or "false", or nullopt if absent. Fault: invalid_argument.
Result<std::optional<bool>> flag_of(std::string_view query, std::string_view name);

}  // namespace kgw
