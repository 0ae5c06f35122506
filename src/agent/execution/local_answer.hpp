// What came of a request, as the gateway is sent it: the local service's own object, or one of the errors that
// an agent may report. Bytes in, bytes out; no I/O, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/outbound.hpp"

namespace kgw {

enum class LocalError : std::uint8_t {
  timeout,             // called; nobody knows what came of it
  connection_refused,  // the local service was surely not reached
  http_error,          // another status than 2xx, or the connection broke
  invalid_response,    // not a JSON object
  route_not_found,     // surely not called
  interrupted,         // the agent ended in the middle of the call
};
std::string_view wire_name(LocalError error);

// All of these are JSON objects without request_id.
struct LocalResult {
  std::string response;
  std::optional<LocalError> error;  // the error in it
};
// {"status":"error","error":NAME,"message":TEXT}, and "http_status" if it is not 0.
LocalResult error_result(LocalError error, std::string_view message, unsigned http_status = 0);
// {"status":"declined",...}: it was surely not done, and never will be.
std::string declined_response(std::string_view message);
// The answer's own bytes if it is a JSON object with a status of 2xx (a BOM before it is dropped), small enough
// to be sent as the answer to `request_id`; else an error that names `url`.
LocalResult answer_of(std::string_view request_id, std::string_view url, const OutboundAnswer& local);

// The message of PROTOCOL.md 3: `response` with "request_id" as its first member.
std::string v1_answer(std::string_view request_id, std::string_view response);

}  // namespace kgw
