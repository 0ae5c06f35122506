// What is said to a v1 kiosk, and what it says: PROTOCOL.md 3.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/http_head.hpp"
#include "wire/send_request.hpp"

namespace kgw {

// The frame to a v1 kiosk (PROTOCOL.md 3), composed once, the body byte for byte. payload_too_large when it
// would exceed limits::kFrameBytesMax. Header values are JSON-escaped; names are lower-cased; a credential is
// never forwarded.
Result<EncodedFrame> compose_kiosk_frame(const RequestId& id, HttpFields given, const ParsedSend& send);

struct KioskMessage {
  enum class Kind {
    answer,   // a JSON object with one request_id that is a UUID: `id`
    ping,     // {"type":"ping"} without request_id
    broken,   // no JSON object, or request_id stands twice: `named` lists the ids that stand in the text
    unknown,  // a JSON object that names no request
  };
  Kind kind = Kind::unknown;
  RequestId id;
  // The kiosk itself says that it does not know what happened (PROTOCOL.md 1.2, "Unknown outcomes"): status
  // "error" with error one of timeout, other, processing_error, http_error, interrupted, invalid_response.
  bool outcome_unknown = false;
  std::vector<RequestId> named;  // at most 8, each once
};

// `text` is valid UTF-8 (the WebSocket layer saw to it).
KioskMessage parse_kiosk_message(std::string_view text);

}  // namespace kgw
