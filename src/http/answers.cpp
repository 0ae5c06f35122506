#include "http/answers.hpp"

#include <filesystem>

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

std::string without_folder(std::string text, const std::string& folder) {
  std::error_code ignored;
  const std::filesystem::path given(folder);
  std::string absolute = std::filesystem::absolute(given, ignored).lexically_normal().string();
  while (absolute.size() > 1 && absolute.ends_with('/')) absolute.pop_back();
  for (const std::string& path : {absolute, folder}) {
    if (path.empty() || path == "/") continue;
    constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
    constexpr std::string_view kName = "DATA_DIR";
    const auto inside = [&](std::size_t at) {
      return at < text.size() && kInside.find(text[at]) != kInside.npos;
    };
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at)) {
      const std::size_t end = at + path.size();
      const bool whole = (at == 0 || !inside(at - 1)) && (!inside(end) || text[end] == '/' || text[end] == '.');
      if (whole) text.replace(at, path.size(), kName);
      at += whole ? kName.size() : 1;
    }
  }
  return text;
}

void respond_not_allowed(HttpServer& server, HttpCallId call, std::string_view allowed) {
  std::string field = "Allow: ";
  field.append(allowed).append("\r\n");
  respond_error(server, call, ErrorCode::method_not_allowed, {}, ErrorAbout{{}, {}, field, false});
}

}  // namespace kgw
