#include "base/errors.hpp"

#include <array>
#include <stdexcept>

#include "base/result.hpp"

namespace kgw {
namespace {

using enum ErrorCode;

constexpr std::array<ErrorInfo, kErrorCodeCount> kTable{{
    {bad_request, "bad_request", 400, true, 0, "The request is not valid HTTP/1.1; correct the client."},
    {missing_header, "missing_header", 400, true, 0, "A required header is missing; add it and send again."},
    {invalid_header, "invalid_header", 400, true, 0,
     "A header has an invalid value; correct it and send again."},
    {invalid_json, "invalid_json", 400, true, 0,
     "The body must be one valid JSON object; correct it and send again."},
    {invalid_argument, "invalid_argument", 400, true, 0, "A value is invalid; correct it and try again."},
    {invalid_parameter, "invalid_parameter", 400, true, 0,
     "The query has an unknown parameter; correct it and try again."},
    {unauthorized, "unauthorized", 401, true, 0,
     "A valid API key is required; send it as 'Authorization: Bearer KEY'."},
    {forbidden, "forbidden", 403, true, 0,
     "This key is not allowed to do that; use a key with the required scope."},
    {kiosk_disabled, "kiosk_disabled", 403, true, 0,
     "The kiosk is disabled; enable it with 'kiosk-gateway kiosk enable ID'."},
    {kiosk_not_found, "kiosk_not_found", 404, true, 0,
     "No kiosk has this id; check Header-Kiosk-Id, or add it with 'kiosk-gateway kiosk add ID'."},
    {request_not_found, "request_not_found", 404, true, 0,
     "No request with this id was ever accepted here; check the id."},
    {request_expired, "request_expired", 410, false, 0,
     "The outcome of this request is no longer known: its id is older than the records kept here, or from the "
     "future. Check the kiosk before trying again."},
    {not_found, "not_found", 404, true, 0, "There is nothing at this path; check the address."},
    {method_not_allowed, "method_not_allowed", 405, true, 0,
     "This path does not accept that method; the Allow header lists the ones it does."},
    {request_timeout, "request_timeout", 408, true, 0,
     "The request did not arrive in time; send the head and the body within 20 seconds each."},
    {already_exists, "already_exists", 409, false, 0,
     "That id is already in use; choose another, or remove the old one first."},
    {already_final, "already_final", 409, false, 0,
     "This request has ended, so it can't be cancelled; GET /requests/{request_id} says how it ended."},
    {payload_too_large, "payload_too_large", 413, true, 0,
     "The body is too large: together with its headers it must fit in a frame of 1048576 bytes."},
    {unsupported_media_type, "unsupported_media_type", 415, true, 0,
     "Only 'Content-Type: application/json' is accepted here."},
    {order_open, "order_open", 409, false, 0,
     "This order has a request of the same operation that is still running or may have been carried out, and "
     "nothing more was sent to the kiosk; check GET /requests/{request_id} before trying again."},
    {order_paid, "order_paid", 409, false, 0,
     "This order has a request of the same operation that succeeded, and nothing more was sent to the kiosk; "
     "GET /requests/{request_id} shows its answer."},
    {idempotency_key_reused, "idempotency_key_reused", 422, false, 0,
     "This Idempotency-Key was used for a different request; use a new key for each new payment, and the same "
     "one only to repeat exactly the same request."},
    {upgrade_required, "upgrade_required", 426, true, 0,
     "This path is a WebSocket endpoint (RFC 6455); connect with a WebSocket client."},
    {headers_too_large, "headers_too_large", 431, true, 0,
     "The request headers are too large; send fewer or shorter ones."},
    {kiosk_busy, "kiosk_busy", 429, true, 2,
     "The kiosk is busy and this request was not sent to it; try again shortly."},
    {rate_limited, "rate_limited", 429, true, 10,
     "Too many calls; wait the number of seconds given in Retry-After."},
    {internal_error, "internal_error", 500, false, 0,
     "The gateway had an internal error and the outcome is unknown; check GET /requests/{request_id} before "
     "trying again."},
    {not_implemented, "not_implemented", 501, true, 0, "This gateway does not support that."},
    {not_supported, "not_supported", 501, true, 0,
     "The kiosk's agent cannot do that: it speaks the older protocol."},
    {invalid_response, "invalid_response", 502, false, 0,
     "The kiosk's answer was not a JSON object and the outcome is unknown; check the kiosk before trying "
     "again."},
    {kiosk_offline, "kiosk_offline", 503, true, 5,
     "The kiosk is not connected and nothing was sent to it; check its power and network, then try again."},
    {store_unavailable, "store_unavailable", 503, true, 5,
     "The gateway cannot write its journal, so nothing was sent to the kiosk; try again shortly, and check the "
     "disk or Redis."},
    {draining, "draining", 503, true, 2,
     "The gateway is restarting and nothing was sent to the kiosk; try again shortly."},
    {overloaded, "overloaded", 503, true, 2,
     "The gateway is overloaded and nothing was sent to the kiosk; try again shortly."},
    {timeout, "timeout", 504, false, 0,
     "The kiosk did not answer in time and the outcome is unknown; check GET /requests/{request_id} before "
     "trying again."},
    {already_connected, "already_connected", 409, false, 0,
     "This kiosk is already connected; stop the other agent, or create a new token if this one was copied."},
    {caller_gone, "caller_gone", 503, true, 1,
     "The caller disconnected before the request was sent to the kiosk."},
    {nothing_to_resolve, "nothing_to_resolve", 409, false, 0,
     "This request's outcome is not unknown, or somebody has already resolved it; look at GET "
     "/requests/{request_id}."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  return true;
}
static_assert(in_order(), "the error table must list the codes in the enumeration's order");

}  // namespace

const ErrorInfo& info(ErrorCode code) { return kTable[static_cast<std::size_t>(code)]; }

std::string_view http_reason(unsigned status) {
  switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

std::optional<ErrorCode> error_named(std::string_view name) {
  for (std::size_t i = 0; i < kErrorCodeCount; ++i)
    if (info(static_cast<ErrorCode>(i)).name == name) return static_cast<ErrorCode>(i);
  return std::nullopt;
}

void throw_exception_from_error(const Fault& fault, const boost::source_location&) {
  throw std::runtime_error(fault.message.empty() ? std::string(info(fault.code).sentence) : fault.message);
}

}  // namespace kgw
