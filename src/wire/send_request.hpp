// POST /send and its error answers, bytes <-> structs: PROTOCOL.md 1, 1.1 and 3.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "core/order.hpp"
#include "wire/http_head.hpp"

namespace kgw {

struct SendSettings {
  std::chrono::seconds timeout{45};       // KIOSK_RESPONSE_TIMEOUT
  std::chrono::seconds timeout_max{300};  // KIOSK_RESPONSE_TIMEOUT_MAX
  bool keys = true;                       // false: there is no journal to claim an Idempotency-Key in
  // OFFLINE_WAIT_OPERATIONS: operations that may wait for a kiosk that is not there
  std::vector<std::string> offline_wait{};
  std::vector<std::string> keys_required{};  // REQUIRE_IDEMPOTENCY_KEY: operations that must have one
  std::vector<std::string> unique_orders{};  // UNIQUE_ORDERS: of these an order may have one that may be done
};

// A validated POST /send. Views point into its headers and body.
struct ParsedSend {
  std::string_view kiosk_id;
  std::string_view operation;
  std::string_view http_method;  // for the kiosk's local service, in capitals
  std::string
      order_id;  // from Header-Order-Id, or a top-level scalar order_id of the body (a number as written)
  std::chrono::milliseconds timeout{};
  std::chrono::milliseconds wait_online{};  // for the kiosk to be there
  bool prefers = false;                     // there is a Prefer field (http/prefer)
  std::string_view idempotency_key;         // without the quotes around it; empty: none
  std::string_view callback_url;            // as it came; empty: none
  std::string_view body;                    // "{}" when it was empty
};

// Checks all that PROTOCOL.md 1 asks of headers and body, in that order; the fault names the header or the
// byte offset. Prefer is only noted; whether a Header-Callback-Url is allowed is checked elsewhere.
// Content-Type must be application/json or application/*+json, with any parameters, or absent; else
// unsupported_media_type. A BOM before the body is skipped.
Result<ParsedSend> parse_send(HttpFields headers, std::string_view body, const SendSettings& settings);

// Returns the key that an Idempotency-Key field's value names, or nullopt if it is none: 1 to 255 printable
// ASCII characters, with or without one pair of double quotes around them.
std::optional<std::string_view> read_idempotency_key(std::string_view value);

// Returns the claim of `send`'s key for `owner` (PROTOCOL.md 1.3), or nullopt if it has none.
std::optional<KeyClaim> claim_of(const ParsedSend& send, std::string_view owner);
// Returns its first half: what `owner`'s key `key` is claimed as.
Digest claimed_key(std::string_view owner, std::string_view key);

// Returns what `send` claims its order as, for `owner` (PROTOCOL.md 1.6), or nullopt if it names no order or
// its operation may be asked for more than once.
std::optional<Digest> order_claim_of(const ParsedSend& send, std::string_view owner,
                                     const SendSettings& settings);

// Returns the body of an error answer:
// {"status":"error","error":CODE,"message":TEXT,"kiosk_id":...,"request_id":...}. An empty `message` stands
// for the table's sentence; an empty kiosk_id and a zero id are left out.
std::string error_body(ErrorCode code, std::string_view message, std::string_view kiosk_id,
                       const RequestId& id);

}  // namespace kgw
