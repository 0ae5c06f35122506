// The messages of PROTOCOL.md 4 that the agent sends, composed of what its outbox has. Bytes in, bytes out; no
// I/O, no state.
#pragma once

#include <string>
#include <string_view>

#include "agent/execution/outbox.hpp"
#include "agent/routes/routes.hpp"

namespace kgw {

// `resume`: ids that are no UUIDs are another gateway's, and left out.
std::string v2_resume(std::string_view outbox_id, const OutboxHeld& held, const Routes& routes);
std::string v2_accepted(std::string_view request_id);
// `result`; an invalid_response error in its place if the response is too large for it, or nested too deeply.
std::string v2_result(const OutboxResult& result);
// The same of a v1 message; as it is if that has no request_id.
std::string v2_of_v1(std::string_view answer);

}  // namespace kgw
