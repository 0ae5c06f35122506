#include "gateway/answers.hpp"

#include "wire/send_request.hpp"

namespace kgw {

void respond_error(HttpServer& server, HttpCallId call, ErrorCode code, std::string_view message,
                   const ErrorAbout& about) {
  const ErrorInfo& error = info(code);
  std::string fields(about.extra_fields);
  if (about.request_id) fields.append("X-Request-Id: ").append(about.request_id.text()).append("\r\n");
  if (error.retry_after_seconds != 0)
    fields.append("Retry-After: ").append(std::to_string(error.retry_after_seconds)).append("\r\n");
  if (code == ErrorCode::unauthorized) fields.append("WWW-Authenticate: Bearer\r\n");
  if (code == ErrorCode::upgrade_required) fields.append("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  const std::string body = error_body(code, message, about.kiosk_id, about.request_id);
  HttpResponse response;
  response.status = about.http_200 ? 200 : error.http_status;
  response.extra_fields = fields;
  response.body = body;
  server.respond(call, response);
}

void respond_json(HttpServer& server, HttpCallId call, unsigned status, std::string_view body,
                  std::string_view extra_fields) {
  HttpResponse response;
  response.status = status;
  response.extra_fields = extra_fields;
  response.body = body;
  server.respond(call, response);
}

bool refuse_limited(HttpServer& server, HttpCallId call, const Caller& caller, std::string_view rest) {
  if (caller.limited())
    respond_error(server, call, ErrorCode::forbidden,
                  "This key is limited to some kiosks; " + std::string(rest));
  return caller.limited();
}

void respond_not_allowed(HttpServer& server, HttpCallId call, std::string_view allowed) {
  std::string field = "Allow: ";
  field.append(allowed).append("\r\n");
  respond_error(server, call, ErrorCode::method_not_allowed, {}, ErrorAbout{{}, {}, field, false});
}

}  // namespace kgw
