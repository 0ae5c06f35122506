// W3C trace context: what a traceparent header says. Anything malformed is as good as none, as the
// recommendation has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kgw {

// The trace's id, within `traceparent`; nothing: it is not valid.
std::optional<std::string_view> trace_id_of(std::string_view traceparent);

// The header line of an answer, CRLF included; empty when there is none.
std::string trace_field(std::string_view traceparent);

}  // namespace kgw
