// Every error the gateway tells a caller, in one table: PROTOCOL.md 1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kgw {

enum class ErrorCode : std::uint8_t {
  bad_request,  // not HTTP as RFC 9112 has it
  missing_header,
  invalid_header,
  invalid_json,
  invalid_argument,   // a bad value in an admin call
  invalid_parameter,  // a query that has what its path does not know
  unauthorized,
  forbidden,
  kiosk_disabled,
  kiosk_not_found,
  request_not_found,  // surely never accepted here
  request_expired,    // from before what is kept, or from the future: nobody knows
  not_found,          // no such path
  method_not_allowed,
  request_timeout,  // the client was too slow with its head or body
  already_exists,
  payload_too_large,
  unsupported_media_type,
  upgrade_required,
  headers_too_large,
  kiosk_busy,
  rate_limited,
  internal_error,
  not_implemented,
  invalid_response,
  kiosk_offline,
  store_unavailable,
  draining,
  overloaded,
  timeout,
  already_connected,  // a second WebSocket of one kiosk
  caller_gone,        // why an exchange was rejected; nobody is there to be told
};
inline constexpr std::size_t kErrorCodeCount = static_cast<std::size_t>(ErrorCode::caller_gone) + 1;

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;      // what stands on the wire: "kiosk_offline"
  std::uint16_t http_status;  // 503
  // True: nothing was sent to the kiosk and nothing will be, so trying again is safe (PROTOCOL.md 1.1).
  bool safe_to_retry;
  std::uint8_t retry_after_seconds;  // 0: no Retry-After
  std::string_view sentence;         // for a human, says what to do
};

const ErrorInfo& info(ErrorCode code);
// By its name on the wire.
std::optional<ErrorCode> error_named(std::string_view name);

// "OK", "Not Found", ... for a status line; "Unknown" for a number that is not used here.
std::string_view http_reason(unsigned status);

}  // namespace kgw
