// Composes protocol v2's messages (PROTOCOL.md 4): the gateway those to agents, the agent those to the gateway.
// What is composed is read as the same value. No state; any thread.
#pragma once

#include <string>

#include "base/result.hpp"
#include "wire/kiosk_v2/messages.hpp"

namespace kgw::kiosk_v2 {

// Views must be complete JSON values of the kind that messages.hpp names, nested at most kCarriedDepthMax deep;
// they are copied byte for byte. Names and ids must be as messages.hpp says. Texts for people are cut to their
// bounds, and bytes in them that are not UTF-8 become U+FFFD. Members that say nothing (an empty message) are
// left out.
//
// Error: payload_too_large when the text would be larger than limits::kFrameBytesMax, or what it carries larger
// than its own bound (bounds.hpp).
Result<std::string> compose(const FromGateway& message);
// Error: the same; and invalid_response when what a local service or a device gave is nested too deeply to be
// sent.
Result<std::string> compose(const FromAgent& message);

// Returns what a request's message has before request_id, headers and body, the opening brace included, in at
// most kRequestHeadBytesMax bytes. The message is this, followed by an envelope's text (core/envelope.hpp)
// without its first byte: neither headers nor body need be looked at, or copied.
std::string request_head(const Request& request);

}  // namespace kgw::kiosk_v2
