// Every error that the gateway returns to a caller, in one table: PROTOCOL.md 1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kgw {

enum class ErrorCode : std::uint8_t {
  bad_request,  // not HTTP as RFC 9112 defines it
  missing_header,
  invalid_header,
  invalid_json,
  invalid_argument,   // a bad value in an admin call
  invalid_parameter,  // a query parameter that the path does not know
  unauthorized,
  forbidden,
  kiosk_disabled,
  kiosk_not_found,
  request_not_found,  // certainly never accepted by this gateway
  request_expired,    // older than what is kept, or from the future: its outcome can't be known
  not_found,          // no such path
  method_not_allowed,
  request_timeout,  // the client sent its head or body too slowly
  already_exists,
  already_final,  // it has ended: there is nothing left to cancel
  payload_too_large,
  unsupported_media_type,
  order_open,  // its order has a request of this operation that may have been done, or may be yet
  order_paid,  // its order has one that was done
  idempotency_key_reused,
  upgrade_required,
  headers_too_large,
  kiosk_busy,
  rate_limited,
  internal_error,
  not_implemented,
  not_supported,  // asked of a v1 kiosk what only a v2 agent can do
  invalid_response,
  kiosk_offline,
  store_unavailable,
  draining,
  overloaded,
  timeout,
  already_connected,  // a second WebSocket of the same kiosk
  caller_gone,        // why an exchange was rejected; never sent, as the caller has left
  nothing_to_resolve,
};
inline constexpr std::size_t kErrorCodeCount = static_cast<std::size_t>(ErrorCode::nothing_to_resolve) + 1;

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;      // as on the wire: "kiosk_offline"
  std::uint16_t http_status;  // 503
  // True if nothing was sent to the kiosk and nothing will be, so that trying again is safe (PROTOCOL.md
  // 1.1).
  // False as well with 409 and 422: this call did nothing, but another one did or may have.
  bool safe_to_retry;
  std::uint8_t retry_after_seconds;  // 0: no Retry-After header
  std::string_view sentence;         // for people: what to do
};

const ErrorInfo& info(ErrorCode code);
// Looks an error up by its name on the wire; nullopt if there is none of that name.
std::optional<ErrorCode> error_named(std::string_view name);

// The reason phrase of a status line: "OK", "Not Found", ...; "Unknown" for a status that is not used here.
std::string_view http_reason(unsigned status);

}  // namespace kgw
