// What the queries of the admin API have in common: only known names; `limit`, `cursor`, `from`, `to` of its
// lists (PROTOCOL.md 1.5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/json_object.hpp"

namespace kgw {

// Fault: invalid_parameter, when the query has a name that is not among the known ones, has one twice, or is
// badly encoded: a filter that is ignored is a wrong answer.
Result<void> check_parameters(std::span<const std::string_view> known, std::string_view query);

// The number of rows that `limit` asks for; `standard` when it is not there. Fault: invalid_argument.
Result<std::size_t> page_limit(std::string_view query, std::size_t standard, std::size_t most);
// `cursor`, as an earlier page's `next` gave it; nothing when it is not there. Fault: invalid_argument.
Result<std::optional<std::int64_t>> page_cursor(std::string_view query);
// `from` and `to`: a time in [from, to). Fault: invalid_argument.
struct TimeSpan {
  std::optional<WallTime> from;
  std::optional<WallTime> to;
  bool has(WallTime at) const { return (!from || at >= *from) && (!to || at < *to); }
};
Result<TimeSpan> page_times(std::string_view query);
// "true" or "false"; nothing when it is not there. Fault: invalid_argument.
Result<std::optional<bool>> flag_of(std::string_view query, std::string_view name);

}  // namespace kgw
