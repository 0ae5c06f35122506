// Messages to and from a v1 kiosk: PROTOCOL.md 3.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/http_head.hpp"
#include "wire/send_request.hpp"

namespace kgw {

// Composes the frame for a v1 kiosk (PROTOCOL.md 3), once; the body is copied byte for byte. Header values
// are JSON-escaped, names lower-cased; credentials are never forwarded. Error: payload_too_large beyond
// limits::kFrameBytesMax.
Result<EncodedFrame> compose_kiosk_frame(const RequestId& id, HttpFields given, const ParsedSend& send);

struct KioskMessage {
  enum class Kind {
    answer,   // a JSON object with exactly one request_id, a UUID: `id`
    ping,     // {"type":"ping"} without request_id
    broken,   // not a JSON object, or request_id appears twice: `named` lists the ids found in the text
    unknown,  // a JSON object without a usable request_id
  };
  Kind kind = Kind::unknown;
  RequestId id;
  // The kiosk itself reports that the outcome is unknown (PROTOCOL.md 1.2, "Unknown outcomes"): status
  // "error" with an error of timeout, other, processing_error, http_error, interrupted or invalid_response.
  bool outcome_unknown = false;
  std::vector<RequestId> named;  // at most 8, without duplicates
};

// Requires valid UTF-8 (the WebSocket layer checks it).
KioskMessage parse_kiosk_message(std::string_view text);

}  // namespace kgw
