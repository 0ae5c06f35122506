#include "gateway/front_door.hpp"

#include <exception>

#include "gateway/answers.hpp"
#include "wire/send_request.hpp"

namespace kgw {
namespace {

constexpr std::size_t kOtherBodyBytesMax = 64 * 1024;

bool is_api(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

}  // namespace

BodyPolicy FrontDoor::body_policy(const HttpHead& head) {
  if (head.path == "/send") return {limits::kBodyBytesMax};
  // Sixteen megabytes are for those who may import kiosks.
  if (is_api(head.path) && access_.is_admin(head)) return {limits::kAdminBodyBytesMax};
  return {kOtherBodyBytesMax};
}

void FrontDoor::on_request(const HttpRequest& request) {
  try {
    route(request);
  } catch (const std::exception& error) {
    log_.write(LogLevel::error, "handler_failed", {{"path", request.head.path}, {"why", error.what()}});
    respond_error(rooms_->server, request.call, ErrorCode::internal_error);
  }
}

void FrontDoor::route(const HttpRequest& request) {
  const std::string_view path = request.head.path;
  if (path == "/send") {
    if (request.head.method != "POST") return respond_not_allowed(rooms_->server, request.call, "POST");
    if (may(request, Scope::send)) rooms_->send.on_send(request);
    return;
  }
  if (path == "/ws") {
    if (request.head.method != "GET") return respond_not_allowed(rooms_->server, request.call, "GET");
    return rooms_->kiosk_door.on_upgrade(request);
  }
  if (is_api(path)) return api(request);
  static constexpr std::string_view kRequests = "/requests/";
  if (path.starts_with(kRequests)) {
    if (reads(request) && may(request, Scope::send))
      rooms_->requests.get(request.call, path.substr(kRequests.size()));
    return;
  }
  if (path == "/metrics") {
    if (reads(request) && may(request, Scope::read)) rooms_->status.metrics(request.call);
    return;
  }
  using Page = void (StatusPages::*)(HttpCallId) const;
  static constexpr std::pair<std::string_view, Page> kPages[] = {{"/", &StatusPages::root},
                                                                 {"/health", &StatusPages::health},
                                                                 {"/health/live", &StatusPages::live},
                                                                 {"/health/ready", &StatusPages::ready}};
  for (const auto& [where, page] : kPages) {
    if (path != where) continue;
    if (reads(request)) (rooms_->status.*page)(request.call);
    return;
  }
  respond_error(rooms_->server, request.call, ErrorCode::not_found);
}

// The key is checked before the path is looked at.
void FrontDoor::api(const HttpRequest& request) {
  const std::string_view method = request.head.method;
  if (method == "OPTIONS")
    return respond_not_allowed(rooms_->server, request.call, "GET, HEAD, POST, PATCH, DELETE");
  const bool read = method == "GET" || method == "HEAD";
  if (!may(request, read ? Scope::read : Scope::admin)) return;
  static constexpr std::string_view kKiosks = "/api/kiosks";
  const std::string_view rest = request.head.path;
  if (rest == kKiosks || rest.starts_with("/api/kiosks/"))
    return rooms_->kiosks.on_request(request, rest.substr(kKiosks.size()));
  respond_error(rooms_->server, request.call, ErrorCode::not_found);
}

bool FrontDoor::may(const HttpRequest& request, Scope scope) {
  const auto allowed = access_.check(request, scope, loop_.now().steady);
  if (!allowed) respond_fault(rooms_->server, request.call, allowed.error());
  return allowed.has_value();
}

bool FrontDoor::reads(const HttpRequest& request) {
  if (request.head.method == "GET" || request.head.method == "HEAD") return true;
  respond_not_allowed(rooms_->server, request.call, "GET, HEAD");
  return false;
}

void FrontDoor::on_caller_gone(HttpCallId call, bool can_write) {
  const CallerId caller{static_cast<std::uint64_t>(call)};
  if (rooms_->shell.has_caller(caller)) return rooms_->shell.on_caller_gone(caller, can_write);
  rooms_->kiosk_door.on_caller_gone(call, can_write);
}

std::string FrontDoor::error_body(ErrorCode code, std::string_view message) {
  return kgw::error_body(code, message, {}, {});
}

}  // namespace kgw
