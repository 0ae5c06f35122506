#include "agent/kiosk_request.hpp"

#include <array>

#include "agent/json_members.hpp"
#include "base/hex.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

JsonMember named(std::string_view name) {
  JsonMember member;
  member.name = name;
  return member;
}

// A member that must be a string, at most once.
std::string text_member(const JsonMember& member, std::string_view otherwise, std::string& fault) {
  if (member.count == 0) return std::string(otherwise);
  if (member.count > 1 || member.kind != JsonKind::string) {
    fault = "The gateway's message has a '" + std::string(member.name) + "' that is not one single string.";
    return {};
  }
  return json_unescape(member.value);
}

bool is_method(std::string_view text) {
  return text == "GET" || text == "POST" || text == "PUT" || text == "PATCH" || text == "DELETE";
}

constexpr std::string_view kUnreserved = "-._~";  // RFC 3986 2.3, beside letters and digits

void append_query(std::string& url, std::string_view body) {
  const JsonScan scan = json_scan(body);
  if (!scan.valid || !scan.is_object) return;
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  for (JsonMembers members(body); members.next();) {
    if (members.value() == "null") continue;
    url += std::exchange(separator, '&');
    append_percent_encoded(url, json_unescape(members.name()), kUnreserved);
    url += '=';
    if (members.value().front() == '"')
      append_percent_encoded(url, json_unescape(members.value()), kUnreserved);
    else append_percent_encoded(url, members.value(), kUnreserved);
  }
}

// The start of an unexpected body, for people.
std::string glimpse(std::string_view body) {
  constexpr std::size_t kGlimpseBytes = 200;
  if (body.empty()) return " with an empty body";
  return ": " + std::string(body.substr(0, kGlimpseBytes)) + (body.size() > kGlimpseBytes ? "…" : "");
}

}  // namespace

std::optional<KioskRequest> parse_kiosk_request(std::string_view message) {
  std::array<JsonMember, 3> members{named("request_id"), named("headers"), named("body")};
  const JsonScan scan = json_scan(message, members);
  const auto& [id, headers, body] = members;
  if (!scan.valid || !scan.is_object || id.count != 1 || id.kind != JsonKind::string) return std::nullopt;
  KioskRequest request;
  request.id_token = id.value;
  request.id = json_unescape(id.value);
  if (request.id.empty() || request.id.size() > kRequestIdBytesMax) return std::nullopt;
  // A request has at least one of them; any other message with a request_id is not ours to answer.
  if (headers.count == 0 && body.count == 0) return std::nullopt;
  if (headers.count != 1 || headers.kind != JsonKind::object || body.count > 1) {
    request.fault = "The gateway's message must have exactly one object 'headers' and at most one 'body'.";
    return request;
  }
  request.body = body.value;

  std::array<JsonMember, 2> names{named("header-operation-type"), named("header-http-method")};
  json_scan(headers.value, names);
  request.operation = text_member(names[0], "", request.fault);
  request.method = text_member(names[1], "POST", request.fault);
  if (!request.fault.empty()) return request;
  if (names[0].count == 0) request.fault = "The gateway's message has no operation.";
  else if (!is_method(request.method))
    request.fault = "The method '" + request.method + "' is not one of GET, POST, PUT, PATCH, DELETE.";
  return request;
}

OutboundRequest local_call(const KioskRequest& request, const std::string& url,
                           std::chrono::milliseconds timeout) {
  OutboundRequest call;
  call.method = request.method;
  call.url = url;
  call.timeout = timeout;
  call.answer_bytes_max = limits::kFrameBytesMax;
  call.own_connection = true;  // it must not be carried out twice
  call.fields = {"Accept: application/json"};
  if (request.method == "GET") {
    append_query(call.url, request.body);
  } else {
    call.fields.emplace_back("Content-Type: application/json");
    call.body = request.body;
  }
  return call;
}

std::string_view wire_name(LocalError error) {
  switch (error) {
    case LocalError::timeout: return "timeout";
    case LocalError::connection_refused: return "connection_refused";
    case LocalError::http_error: return "http_error";
    case LocalError::invalid_response: return "invalid_response";
    case LocalError::route_not_found: return "route_not_found";
  }
  return "http_error";
}

std::string error_answer(std::string_view id_token, LocalError error, std::string_view message) {
  std::string answer = "{\"request_id\":";
  answer += id_token;
  answer += ",\"status\":\"error\",\"error\":\"";
  answer += wire_name(error);
  answer += "\",\"message\":";
  append_json_string(answer, message);
  answer += '}';
  return answer;
}

LocalResult answer_of(std::string_view id_token, const std::string& url, const OutboundAnswer& local) {
  const auto failed = [&](LocalError error, const std::string& message) {
    return LocalResult{error_answer(id_token, error, "The local service at " + url + " " + message), error};
  };
  using Trouble = OutboundAnswer::Trouble;
  switch (local.trouble) {
    case Trouble::refused:
      return failed(LocalError::connection_refused, "is not running (connection refused); nothing was done.");
    case Trouble::timed_out:
      return failed(LocalError::timeout, "did not answer in time; it is not known whether it did the work.");
    case Trouble::too_large: return failed(LocalError::invalid_response, "sent an answer larger than 1 MiB.");
    case Trouble::forbidden:  // its client may connect to every address
    case Trouble::other: return failed(LocalError::http_error, "could not be called: " + local.why);
    case Trouble::none: break;
  }
  if (local.status < 200 || local.status > 299)
    return failed(LocalError::http_error,
                  "answered HTTP status " + std::to_string(local.status) + glimpse(local.body));
  const std::string_view body = without_bom(local.body);
  const JsonScan scan = json_scan(body);
  if (!scan.valid || !scan.is_object)
    return failed(LocalError::invalid_response,
                  "sent an answer that is not a JSON object" + glimpse(local.body));
  std::string answer = splice_request_id(id_token, body);
  if (answer.size() > limits::kFrameBytesMax)
    return failed(LocalError::invalid_response, "sent an answer larger than 1 MiB.");
  return {std::move(answer), std::nullopt};
}

}  // namespace kgw
