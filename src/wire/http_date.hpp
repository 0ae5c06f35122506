// Dates as HTTP writes them (RFC 9110 5.6.7), and the pause that a Retry-After asks for (10.2.3). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace kgw {

// Reads IMF-fixdate ("Sun, 06 Nov 1994 08:49:37 GMT") and the two obsolete forms that a recipient must accept
// (RFC 850's and asctime's). nullopt: none of them, or a day that does not exist. `now` only decides the
// century of RFC 850's two-digit year: never more than 50 years ahead.
std::optional<WallTime> parse_http_date(std::string_view text, WallTime now);

// Seconds from now on; never negative. An HTTP date is measured against `server_date`, the answer's own Date
// field, where there is one (empty: none), so that a wrong clock on either side does no harm; else against
// `now`. nullopt: neither a number of seconds nor a date.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::string_view server_date,
                                                      WallTime now);

}  // namespace kgw
