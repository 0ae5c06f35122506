// Messages to and from a v1 kiosk: PROTOCOL.md 3.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "core/envelope.hpp"
#include "wire/http_head.hpp"
#include "wire/outcome_rules.hpp"
#include "wire/send_request.hpp"

namespace kgw {

// Composes what the kiosk is sent and the store keeps (core/envelope.hpp), once; the body is copied byte for
// byte. Header values are JSON-escaped, names lower-cased; credentials are never forwarded. Error:
// payload_too_large beyond limits::kFrameBytesMax, as the text is a v1 kiosk's whole message.
Result<Envelope> compose_envelope(const RequestId& id, HttpFields given, const ParsedSend& send);

struct KioskMessage {
  enum class Kind {
    answer,   // a JSON object with exactly one request_id, a UUID: `id`
    ping,     // {"type":"ping"} without request_id
    broken,   // not a JSON object, or request_id appears twice: `named` lists the ids found in the text
    unknown,  // a JSON object without a usable request_id
  };
  Kind kind = Kind::unknown;
  RequestId id;
  std::vector<RequestId> named;  // at most 8, without duplicates
};

// Reads what a v1 kiosk sends: which request it answers and what the answer says (PROTOCOL.md 1.2, 3), both in
// a single pass over the text. Remembers where the last message's members are.
class KioskMessageReader {
 public:
  explicit KioskMessageReader(const OutcomeRules& rules);  // they must outlive it

  // Requires valid UTF-8 (the WebSocket layer checks it).
  KioskMessage read(std::string_view text);
  // Returns what the message that was read last says as an answer to `operation`. Requires that it was an
  // answer and that its text still exists.
  AnswerResult result(std::string_view operation) const {
    return rules_.decide(operation, std::span(members_).first(rules_.members().size()));
  }

 private:
  std::size_t index_of(std::string_view name);

  const OutcomeRules& rules_;
  std::vector<JsonMember> members_;  // those of the rules first, in their order
  const std::size_t request_id_;     // which of them
  const std::size_t type_;
};

}  // namespace kgw
