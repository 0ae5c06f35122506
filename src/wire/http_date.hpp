// HTTP dates (RFC 9110 5.6.7), and the delay that Retry-After asks for (RFC 9110 10.2.3). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace kgw {

// Parses an IMF-fixdate ("Sun, 06 Nov 1994 08:49:37 GMT") or either of the two obsolete forms that a
// recipient must accept (RFC 850's and asctime's); nullopt if it is none of them or the day does not exist.
// `now` only decides the century of RFC 850's two-digit year: at most 50 years ahead.
std::optional<WallTime> parse_http_date(std::string_view text, WallTime now);

// Returns the seconds to wait, never negative; nullopt if the text is neither a number of seconds nor a date.
// A date is measured against `server_date`, the response's own Date field, so that a wrong clock on either
// side does no harm, or against `now` if that is empty or invalid.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::string_view server_date,
                                                      WallTime now);

}  // namespace kgw
