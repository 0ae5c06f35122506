// What a v1 kiosk says: PROTOCOL.md 3.
#pragma once

#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace kgw {

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
