// What a route of kind exec makes of a request, and of a program's end. No state, no I/O.
#pragma once

#include <string_view>

#include "agent/execution/kiosk_request.hpp"
#include "agent/execution/local_answer.hpp"
#include "agent/execution/program.hpp"
#include "agent/routes/route.hpp"
#include "base/result.hpp"

namespace kgw {

// Requires the route to have a program. Error: invalid_argument with a sentence: the request lacks a value, or
// has one that can't be an argument (control characters, or an option's dash where the program expects none).
Result<ProgramCall> program_call(const KioskRequest& request, const Route& route);

// An exit code that the route calls success or declined gives the output, if it is a JSON object, as it is,
// else
// {"status":"success"|"declined","exit_code":N,"output":TEXT}. Everything else is an error.
LocalResult program_result(std::string_view request_id, const Route& route, const ProgramEnd& end);

}  // namespace kgw
