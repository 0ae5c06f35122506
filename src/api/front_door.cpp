#include "api/front_door.hpp"

#include <exception>
#include <utility>

#include "api/live_events.hpp"
#include "api/waiting_room.hpp"
#include "base/ids.hpp"
#include "http/answers.hpp"
#include "http/page_query.hpp"
#include "shell/kiosk_door.hpp"
#include "shell/unclaimed.hpp"
#include "wire/send_request.hpp"

namespace kgw {
namespace {

constexpr std::size_t kOtherBodyBytesMax = 64 * 1024;
constexpr std::string_view kKioskId = "kiosk_id";

}  // namespace

// Without a row: below /api a key is required first, so that callers without one don't learn which paths
// exist.
Guard FrontDoor::guard_of(const RouteFound& found, const HttpHead& head) {
  if (found.route) return found.route->guard;
  if (!is_api(head.path) || head.method == "OPTIONS") return {};
  const bool reads = head.method == "GET" || head.method == "HEAD";
  return {By::key_or_session, bit(reads ? Scope::read : Scope::admin)};
}

BodyPolicy FrontDoor::body_policy(const HttpHead& head) {
  const Guard guard = guard_of(find_route(head.method, head.path), head);
  if (guard.any_of == bit(Scope::send)) return {limits::kBodyBytesMax};
  // Sixteen megabytes, for those who may import kiosks.
  if (guard.any_of == bit(Scope::admin) && access_.is_admin(head, loop_.now().wall))
    return {limits::kAdminBodyBytesMax};
  return {kOtherBodyBytesMax};
}

// Whether a caller may read others' bodies is checked once they are complete.
Admission FrontDoor::admit(const HttpRequest& request) {
  const Guard guard = guard_of(find_route(request.head.method, request.head.path), request.head);
  if (!guard.asks()) return {};
  if (!rooms_) return {Fault{ErrorCode::store_unavailable, {}}};
  const auto caller = check(request, guard, false);
  if (caller) return {std::nullopt, caller->named()};
  note_refused(request, caller.error().code);
  return {caller.error()};
}

void FrontDoor::on_tls(const PeerAddress& peer) {
  if (std::exchange(tls_told_, true)) return;
  log_.write(
      LogLevel::warning, "tls_on_plain_port",
      {{"address", peer.text},
       {"why",
        "a client tried TLS, but this port serves plain HTTP and ws: use http:// and ws:// in the "
        "clients, or set TLS_CERT_FILE and TLS_KEY_FILE, or put a TLS proxy in front; further attempts are "
        "not logged"}});
}

// Anyone can cause these, so a line a minute has to do.
void FrontDoor::on_tls_failed(const PeerAddress& peer, std::string_view why) {
  constexpr std::chrono::minutes kRest{1};
  ++tls_failures_;
  const Instant now = loop_.now().steady;
  if (now < tls_failure_told_ + kRest && tls_failure_told_ != Instant{}) return;
  tls_failure_told_ = now;
  log_.write(LogLevel::warning, "tls_handshake_failed",
             {{"address", peer.text}, {"why", why}, {"times", std::exchange(tls_failures_, 0)}});
}

void FrontDoor::on_request(const HttpRequest& request) {
  const RouteFound found = find_route(request.head.method, request.head.path);
  if (!rooms_) return on_early_request(request, found);
  try {
    const Guard guard = guard_of(found, request.head);
    if (!guard.asks()) return lead(request, found, Caller{});
    if (const auto caller = let_in(request, guard)) lead(request, found, *caller);
  } catch (const std::exception& error) {
    log_.write_of("handlers", LogLevel::error, "handler_failed",
                  {{"path", request.head.path}, {"why", error.what()}});
    respond_error(rooms_->server, request.call, ErrorCode::internal_error);
  }
}

void FrontDoor::on_early_request(const HttpRequest& request, const RouteFound& found) {
  if (found.route && found.route->more.waits) (waiting_->*found.route->more.waits)(*server_, request);
  else waiting_->refuse(*server_, request);
}

// The caller has shown the required key. Only now it learns anything about the path.
void FrontDoor::lead(const HttpRequest& request, const RouteFound& found, const Caller& caller) {
  const HttpHead& head = request.head;
  if (!found.route) return refuse_path(request, found);
  const Route& route = *found.route;
  if (route.reads_query())
    if (const auto known = check_parameters(route.more.query, head.query); !known)
      return respond_fault(rooms_->server, request.call, known.error());
  if (!route.more.of_all.empty() && caller.limited())
    return respond_error(rooms_->server, request.call, ErrorCode::forbidden,
                         "This key is limited to some kiosks; " + std::string(route.more.of_all));
  std::string part;
  if (!route.path.name.empty()) {
    const std::string_view text = route.path.part_of(head.path);
    part = percent_decode(text).value_or(std::string(text));  // an invalid one names nothing that exists
    if (route.path.name == kKioskId && !shows_kiosk(request.call, part, caller)) return;
  }
  route.enter({*rooms_, request, caller, part});
}

void FrontDoor::refuse_path(const HttpRequest& request, const RouteFound& found) {
  const HttpHead& head = request.head;
  HttpServer& server = rooms_->server;
  if (is_api(head.path) && head.method == "OPTIONS")
    return respond_not_allowed(server, request.call, allowed_methods({}));
  if (!found.path_known) return respond_error(server, request.call, ErrorCode::not_found);
  respond_not_allowed(server, request.call, allowed_methods(head.path));
}

// For a limited key, kiosks outside its patterns do not exist.
bool FrontDoor::shows_kiosk(HttpCallId call, const std::string& id, const Caller& caller) {
  if (is_name(id) && caller.sees(id)) return true;
  const std::string_view about = is_name(id) ? std::string_view(id) : std::string_view();
  respond_error(rooms_->server, call, ErrorCode::kiosk_not_found, {}, ErrorAbout{about, {}, {}, false});
  return false;
}

// Logs a wrong key, within an address's limit. Without the path, which may contain anything.
void FrontDoor::note_refused(const HttpRequest& request, ErrorCode why) {
  if (why == ErrorCode::unauthorized && request.head.find("Authorization"))
    log_.write_of(access_.address(request), LogLevel::warning, "access_refused",
                  {{"address", access_.address(request)}});
}

Result<Caller> FrontDoor::check(const HttpRequest& request, Guard guard, bool charged) {
  if (guard.by == By::key_or_metrics_token && access_.shows_metrics_token(request.head))
    return Caller{nullptr, bit(Scope::read)};
  const auto cookie = guard.by == By::key_or_session ? Access::Cookie::counts : Access::Cookie::ignored;
  return access_.check(request, guard.any_of, loop_.now(), cookie, charged);
}

std::optional<Caller> FrontDoor::let_in(const HttpRequest& request, Guard guard) {
  auto caller = check(request, guard, true);
  if (caller) {
    if (caller->named()) rooms_->server.vouch(request.call);
    return std::move(*caller);
  }
  note_refused(request, caller.error().code);
  respond_fault(rooms_->server, request.call, caller.error());
  return std::nullopt;
}

void FrontDoor::on_caller_gone(HttpCallId call, bool can_write) {
  if (!rooms_) return;
  const CallerId caller{static_cast<std::uint64_t>(call)};
  if (rooms_->shell.desk().has(caller)) return rooms_->shell.on_caller_gone(caller, can_write);
  if (!rooms_->events.on_caller_gone(call)) rooms_->kiosk_door.on_caller_gone(call, can_write);
}

void FrontDoor::on_answer_lost(const RequestId& receipt) {
  if (rooms_) rooms_->unclaimed.on_answer_lost(receipt);
}

std::string FrontDoor::error_body(ErrorCode code, std::string_view message) {
  return kgw::error_body(code, message, {}, {});
}

}  // namespace kgw
