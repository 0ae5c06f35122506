// Reads protocol v2's messages (PROTOCOL.md 4): the agent those of the gateway, the gateway those of its
// agents. No state; any thread.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "wire/kiosk_v2/messages.hpp"

namespace kgw::kiosk_v2 {

// A message of a type that this version does not know: no fault, nothing to do.
struct Ignored {
  std::string type;  // at most kLabelBytesMax of it
  bool operator==(const Ignored&) const = default;
};

// A text that says nothing that can be relied on: no JSON object, without a type, or one whose member is
// missing, stands twice or is of the wrong kind. When it names a single request in flight at this kiosk, and is
// a result or has no type that can be read, it ends that one as invalid_response (PROTOCOL.md 3); else it is
// counted and logged.
struct Broken {
  std::string why;                 // for the log: "'response' is not an object"
  std::string type;                // one of the known ones; empty: none
  std::vector<RequestId> named{};  // its request_id, or else those that stand in it; at most 8
  bool operator==(const Broken&) const = default;
};

using ReadFromGateway = std::variant<FromGateway, Ignored, Broken>;
using ReadFromAgent = std::variant<FromAgent, Ignored, Broken>;

// Both require valid UTF-8 (the WebSocket layer checks it); a byte order mark is skipped. Unknown members are
// ignored, and so are elements of resume's lists that make no sense; `how` is `answer` and `reason` `other`
// when they are unknown or missing. Linear time; one pass over the text, and one more over each list.
ReadFromGateway read_from_gateway(std::string_view text);
ReadFromAgent read_from_agent(std::string_view text);

}  // namespace kgw::kiosk_v2
