#include "agent/execution/local_answer.hpp"

#include "agent/json_members.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

// The start of an unexpected body, for people.
std::string glimpse(std::string_view body) {
  constexpr std::size_t kGlimpseBytes = 200;
  if (body.empty()) return " with an empty body";
  return ": " + std::string(body.substr(0, kGlimpseBytes)) + (body.size() > kGlimpseBytes ? "…" : "");
}

std::string quoted(std::string_view text) {
  std::string token;
  append_json_string(token, text);
  return token;
}

}  // namespace

std::string_view wire_name(LocalError error) {
  switch (error) {
    case LocalError::timeout: return "timeout";
    case LocalError::connection_refused: return "connection_refused";
    case LocalError::http_error: return "http_error";
    case LocalError::invalid_response: return "invalid_response";
    case LocalError::route_not_found: return "route_not_found";
    case LocalError::interrupted: return "interrupted";
  }
  return "http_error";
}

LocalResult error_result(LocalError error, std::string_view message, unsigned http_status) {
  std::string response = "{\"status\":\"error\",\"error\":\"";
  response += wire_name(error);
  response += "\",\"message\":";
  append_json_string(response, message);
  if (http_status != 0) response += ",\"http_status\":" + std::to_string(http_status);
  response += '}';
  return {std::move(response), error};
}

std::string declined_response(std::string_view message) {
  return "{\"status\":\"declined\",\"error\":\"not_done\",\"message\":" + quoted(message) + "}";
}

LocalResult answer_of(std::string_view request_id, std::string_view url, const OutboundAnswer& local) {
  const auto failed = [&](LocalError error, const std::string& message, unsigned http_status = 0) {
    return error_result(error, "The local service at " + std::string(url) + " " + message, http_status);
  };
  using Trouble = OutboundAnswer::Trouble;
  switch (local.trouble) {
    case Trouble::refused:
      return failed(LocalError::connection_refused,
                    "could not be reached (" + local.why + "); nothing was done.");
    case Trouble::timed_out:
      return failed(LocalError::timeout, "did not answer in time; it is not known whether it did the work.");
    case Trouble::too_large:
      return failed(LocalError::invalid_response, "sent an answer larger than 1 MiB.", local.status);
    case Trouble::forbidden:  // its client may connect to every address
    case Trouble::other: return failed(LocalError::http_error, "could not be called: " + local.why);
    case Trouble::none: break;
  }
  if (local.status < 200 || local.status > 299)
    return failed(LocalError::http_error,
                  "answered HTTP status " + std::to_string(local.status) + glimpse(local.body), local.status);
  const std::string_view body = without_bom(local.body);
  const JsonScan scan = json_scan(body);
  if (!scan.valid || !scan.is_object)
    return failed(LocalError::invalid_response,
                  "sent an answer that is not a JSON object" + glimpse(local.body), local.status);
  if (v1_answer(request_id, body).size() > limits::kFrameBytesMax)
    return failed(LocalError::invalid_response, "sent an answer larger than 1 MiB.", local.status);
  return {std::string(body), std::nullopt};
}

std::string v1_answer(std::string_view request_id, std::string_view response) {
  return splice_request_id(quoted(request_id), response);
}

}  // namespace kgw
