// W3C trace context: the traceparent header. A malformed one is treated as absent, as the recommendation
// asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kgw {

// Returns the trace id, a view into `traceparent`, or nullopt if the header is not valid.
std::optional<std::string_view> trace_id_of(std::string_view traceparent);

// Returns the header line for an answer, CRLF included, or "" if there is none.
std::string trace_field(std::string_view traceparent);

}  // namespace kgw
