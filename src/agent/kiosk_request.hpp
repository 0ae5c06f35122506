// A gateway's v1 request to a kiosk (PROTOCOL.md 3), the call to a local service that it becomes, and the
// answer. Bytes in, bytes out; no I/O, no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"

namespace kgw {

inline constexpr std::size_t kRequestIdBytesMax = 255;

// Views point into the message.
struct KioskRequest {
  std::string_view id_token;  // as received, with quotes
  std::string id;             // unescaped
  std::string operation;
  std::string method = "POST";
  std::string_view body;  // any JSON value, byte for byte; empty if the message has none
  std::string fault;      // why it can't be carried out; empty: it can
};

// Returns nullopt if the message is not a request (a pong, something unknown, or nothing that can be
// answered).
std::optional<KioskRequest> parse_kiosk_request(std::string_view message);

// Returns the call to `url`. For GET the body's top-level members become query parameters (strings unescaped,
// numbers as written, null left out, objects and arrays as JSON text), as v1 clients do.
OutboundRequest local_call(const KioskRequest& request, const std::string& url,
                           std::chrono::milliseconds timeout);

enum class LocalError { timeout, connection_refused, http_error, invalid_response, route_not_found };
std::string_view wire_name(LocalError error);
std::string error_answer(std::string_view id_token, LocalError error, std::string_view message);

struct LocalResult {
  std::string answer;               // the message to the gateway, at most 1 MiB
  std::optional<LocalError> error;  // the error in it, for the log
};
LocalResult answer_of(std::string_view id_token, const std::string& url, const OutboundAnswer& local);

}  // namespace kgw
