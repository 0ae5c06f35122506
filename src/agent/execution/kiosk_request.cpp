#include "agent/execution/kiosk_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "agent/execution/call_values.hpp"
#include "agent/json_members.hpp"
#include "base/ascii.hpp"
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

// Digits only, up to a day in milliseconds; nullopt otherwise.
std::optional<std::int64_t> whole_number(std::string_view text) {
  constexpr std::int64_t kMost = 86'400'000;
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < 0 || number > kMost)
    return std::nullopt;
  return number;
}

// The text of a string, a number or a boolean; "" of anything else.
std::string scalar(const JsonMember& member) {
  if (member.count == 0 || member.kind == JsonKind::object || member.kind == JsonKind::array ||
      member.kind == JsonKind::null)
    return {};
  return member.kind == JsonKind::string ? json_unescape(member.value) : std::string(member.value);
}

void read_time_left(const JsonMember& deadline_ms, const JsonMember& timeout, KioskRequest& request) {
  if (deadline_ms.count == 1) {
    if (const auto ms = whole_number(deadline_ms.value)) request.time_left = Milliseconds(*ms);
  } else if (const auto seconds = whole_number(scalar(timeout))) {
    request.time_left = std::chrono::seconds(*seconds);
  }
}

void read_order(const JsonMember& header, KioskRequest& request) {
  request.order_id = scalar(header);
  if (header.count != 0) return;
  std::array<JsonMember, 1> order{named("order_id")};
  if (json_scan(request.body, order).is_object) request.order_id = scalar(order[0]);
}

// Its URL, method and fields are set.
void add_body(OutboundRequest& call, std::string_view body, const std::vector<std::string>& headers) {
  call.answer_bytes_max = limits::kFrameBytesMax;
  call.own_connection = true;  // it must not be carried out twice
  call.fields = {"Accept: application/json"};
  call.fields.insert(call.fields.end(), headers.begin(), headers.end());
  if (call.method == "GET") {
    append_query(call.url, body);
  } else {
    constexpr std::string_view kType = "content-type:";
    const bool has_type = std::any_of(headers.begin(), headers.end(), [&](const std::string& header) {
      return ascii::lowered(std::string_view(header).substr(0, kType.size())) == kType;
    });
    if (!has_type) call.fields.emplace_back("Content-Type: application/json");
    call.body = body;
  }
}

}  // namespace

std::optional<KioskRequest> parse_kiosk_request(std::string_view message) {
  std::array<JsonMember, 5> members{named("request_id"), named("headers"), named("body"), named("dedupe_id"),
                                    named("deadline_ms")};
  const JsonScan scan = json_scan(message, members);
  const auto& [id, headers, body, dedupe_id, deadline_ms] = members;
  if (!scan.valid || !scan.is_object || id.count != 1 || id.kind != JsonKind::string) return std::nullopt;
  KioskRequest request;
  request.id = json_unescape(id.value);
  if (request.id.empty() || request.id.size() > kRequestIdBytesMax) return std::nullopt;
  // A request has at least one of them; any other message with a request_id is not ours to answer.
  if (headers.count == 0 && body.count == 0) return std::nullopt;
  if (headers.count != 1 || headers.kind != JsonKind::object || body.count > 1) {
    request.fault = "The gateway's message must have exactly one object 'headers' and at most one 'body'.";
    return request;
  }
  request.body = body.value;

  std::array<JsonMember, 4> names{named("header-operation-type"), named("header-http-method"),
                                  named("header-order-id"), named("header-timeout")};
  json_scan(headers.value, names);
  request.operation = text_member(names[0], "", request.fault);
  request.method = text_member(names[1], "POST", request.fault);
  request.dedupe_id = text_member(dedupe_id, "", request.fault);
  read_time_left(deadline_ms, names[3], request);
  read_order(names[2], request);
  if (!request.fault.empty()) return request;
  if (names[0].count == 0) request.fault = "The gateway's message has no operation.";
  else if (!is_method(request.method))
    request.fault = "The method '" + request.method + "' is not one of GET, POST, PUT, PATCH, DELETE.";
  return request;
}

std::optional<OutboundRequest> local_call(const KioskRequest& request, const Route& route) {
  const CallValues values(request);
  const CallValues::Filled url = values.in_url(route.url), body = values.in_json(route.body);
  if (!url.missing.empty() || !body.missing.empty()) return std::nullopt;
  OutboundRequest call;
  call.method = route.method.empty() ? request.method : route.method;
  call.url = url.text;
  call.timeout = route.timeout;
  add_body(call, route.body.empty() ? request.body : std::string_view(body.text), route.headers);
  return call;
}

std::string known_job(const KioskRequest& request, const Route& route) {
  if (!route.job || route.job->id.empty()) return {};
  CallValues::Filled id = CallValues(request).plain(route.job->id);
  return id.missing.empty() ? std::move(id.text) : std::string();
}

std::optional<OutboundRequest> question_call(const KioskRequest& request, const DeviceQuestion& question,
                                             std::string_view job_id) {
  const CallValues values(request, job_id);
  const CallValues::Filled url = values.in_url(question.url), body = values.in_json(question.body);
  if (!url.missing.empty() || !body.missing.empty()) return std::nullopt;
  OutboundRequest call;
  call.method = question.method;
  call.url = url.text;
  call.timeout = question.timeout;
  add_body(call,
           question.with_body      ? request.body
           : question.body.empty() ? std::string_view()
                                   : std::string_view(body.text),
           question.headers);
  return call;
}

}  // namespace kgw
