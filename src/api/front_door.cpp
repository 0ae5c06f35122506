#include "api/front_door.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "api/dashboard/pages.hpp"
#include "api/openapi_page.hpp"
#include "http/answers.hpp"
#include "http/page_query.hpp"
#include "wire/send_request.hpp"

namespace kgw {
namespace {

constexpr std::size_t kOtherBodyBytesMax = 64 * 1024;
constexpr std::string_view kKiosks = "/api/kiosks";
constexpr std::string_view kKeys = "/api/keys";
constexpr std::string_view kExport = "/api/export";
constexpr std::string_view kImport = "/api/import";

bool is_api(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

}  // namespace

BodyPolicy FrontDoor::body_policy(const HttpHead& head) {
  if (head.path == "/send") return {limits::kBodyBytesMax};
  // Sixteen megabytes are for those who may import kiosks.
  if (is_api(head.path) && access_.is_admin(head, loop_.now().wall)) return {limits::kAdminBodyBytesMax};
  return {kOtherBodyBytesMax};
}

// What has a body goes to these; who may read bodies of others is asked when they are whole.
std::optional<FrontDoor::Entry> FrontDoor::entry_of(const HttpHead& head) {
  const std::string_view path = head.path;
  if (path == "/send") return Entry{bit(Scope::send)};
  if (!is_api(path)) return std::nullopt;
  Scope needed = head.method == "GET" || head.method == "HEAD" ? Scope::read : Scope::admin;
  if (path.starts_with(kKiosks)) needed = KiosksApi::needs(head.method, path.substr(kKiosks.size()));
  if (path.starts_with(kKeys) || path == kExport) needed = Scope::admin;
  return Entry{bit(needed), Access::Cookie::counts};
}

Admission FrontDoor::admit(const HttpRequest& request) {
  const auto entry = entry_of(request.head);
  if (!entry || request.head.method == "OPTIONS") return {};
  if (!rooms_) return {Fault{ErrorCode::store_unavailable, {}}};
  const auto caller = access_.check(request, entry->any_of, loop_.now(), entry->cookie, false);
  if (caller) return {std::nullopt, caller->named()};
  note_refused(request, caller.error().code);
  return {caller.error()};
}

void FrontDoor::on_tls(const PeerAddress& peer) {
  if (std::exchange(tls_told_, true)) return;
  log_.write(LogLevel::warning, "tls_on_plain_port",
             {{"address", peer.text},
              {"why",
               "a client began with TLS, but this port speaks plain HTTP and ws: give clients http:// and "
               "ws://, or put a proxy that speaks TLS in front; further ones are not logged"}});
}

void FrontDoor::on_request(const HttpRequest& request) {
  if (!rooms_) return waiting_->on_request(*server_, request);
  try {
    route(request);
  } catch (const std::exception& error) {
    log_.write_of("handlers", LogLevel::error, "handler_failed",
                  {{"path", request.head.path}, {"why", error.what()}});
    respond_error(rooms_->server, request.call, ErrorCode::internal_error);
  }
}

void FrontDoor::route(const HttpRequest& request) {
  const std::string_view path = request.head.path;
  if (path == "/send") {
    if (request.head.method != "POST") return respond_not_allowed(rooms_->server, request.call, "POST");
    if (const auto caller = let_in(request, *entry_of(request.head))) rooms_->send.on_send(request, *caller);
    return;
  }
  if (path == "/ws") {
    if (request.head.method != "GET") return respond_not_allowed(rooms_->server, request.call, "GET");
    return rooms_->kiosk_door.on_upgrade(request);
  }
  if (is_api(path)) return api(request);
  static constexpr std::string_view kRequests = "/requests/";
  if (path.starts_with(kRequests)) {
    if (!reads(request)) return;
    const auto caller = let_in(request, {kSendOrRead, Access::Cookie::counts});
    if (!caller) return;
    if (const auto known = check_parameters("GET", path, request.head.query); !known)
      return respond_fault(rooms_->server, request.call, known.error());
    return rooms_->requests.get(request, path.substr(kRequests.size()), *caller);
  }
  if (path == "/metrics") {
    if (!reads(request)) return;
    const auto allowed = access_.check_metrics(request, loop_.now());
    if (!allowed) return respond_fault(rooms_->server, request.call, allowed.error());
    return rooms_->observatory.scrape(request.call);
  }
  static constexpr std::string_view kDashboard = "/dashboard";
  if (path.starts_with(kDashboard)) return dashboard(request, path.substr(kDashboard.size()));
  if (path == "/openapi.json") {
    if (reads(request)) respond_openapi(rooms_->server, request.call);
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

// The page is open to all; its session is its own business.
void FrontDoor::dashboard(const HttpRequest& request, std::string_view rest) {
  static constexpr std::string_view kAssets = "/assets/";
  if (rest.empty() || rest.starts_with(kAssets)) {
    if (!reads(request)) return;
    if (rest.empty()) return respond_dashboard(rooms_->server, request);
    return respond_dashboard_asset(rooms_->server, request, rest.substr(kAssets.size()));
  }
  if (rest == "/session") {
    if (reads(request)) rooms_->login.show(request);
    return;
  }
  if (rest != "/login" && rest != "/logout")
    return respond_error(rooms_->server, request.call, ErrorCode::not_found);
  if (request.head.method != "POST") return respond_not_allowed(rooms_->server, request.call, "POST");
  if (rest == "/login") rooms_->login.log_in(request);
  else rooms_->login.log_out(request);
}

// The key is checked before the path is looked at: who has none learns nothing of what there is.
void FrontDoor::api(const HttpRequest& request) {
  const std::string_view method = request.head.method;
  if (method == "OPTIONS")
    return respond_not_allowed(rooms_->server, request.call, "GET, HEAD, POST, PATCH, DELETE");
  const auto caller = let_in(request, *entry_of(request.head));
  if (!caller) return;
  if (const auto known = check_parameters(method, request.head.path, request.head.query); !known)
    return respond_fault(rooms_->server, request.call, known.error());
  api_of(request, *caller);
}

void FrontDoor::api_of(const HttpRequest& request, const Caller& caller) {
  const std::string_view path = request.head.path;
  const auto below = [path](std::string_view room) {
    return path.starts_with(room) && (path.size() == room.size() || path[room.size()] == '/');
  };
  if (below(kKiosks)) return rooms_->kiosks.on_request(request, path.substr(kKiosks.size()), caller);
  if (below(kKeys)) return rooms_->keys.on_request(request, path.substr(kKeys.size()), caller);
  if (path == kImport) {
    if (request.head.method != "POST") return respond_not_allowed(rooms_->server, request.call, "POST");
    return rooms_->move.import(request, caller);
  }
  if (path == "/api/backup") {
    if (request.head.method != "POST") return respond_not_allowed(rooms_->server, request.call, "POST");
    return rooms_->backup.make(request, caller);
  }
  if (path == "/api/dashboard-links") {
    if (request.head.method != "POST") return respond_not_allowed(rooms_->server, request.call, "POST");
    return rooms_->login.make_link(request, caller);
  }
  static constexpr std::string_view kReadOnly[] = {"/api/requests", "/api/history", "/api/audit",
                                                   "/api/stats",    "/api/events",  "/api/series",
                                                   "/api/settings", "/api/alerts",  kExport};
  const bool known = std::find(std::begin(kReadOnly), std::end(kReadOnly), path) != std::end(kReadOnly);
  if (!known) return respond_error(rooms_->server, request.call, ErrorCode::not_found);
  if (!reads(request)) return;
  if (path == kExport) return rooms_->move.export_page(request, caller);
  if (path == "/api/requests") return rooms_->requests.list(request, caller);
  if (path == "/api/history") return rooms_->history.connections(request, caller);
  if (path == "/api/alerts") return rooms_->alerts.list(request, caller);
  if (path == "/api/audit") return rooms_->history.audit(request, caller);
  if (path == "/api/events") return rooms_->events.open(request, caller);
  if (path == "/api/series") return rooms_->insight.series(request, caller);
  if (path == "/api/settings") return rooms_->insight.settings(request.call, caller);
  rooms_->status.stats(request.call, caller);
}

// A wrong key; what goes past an address's limit is told no more. Not the path: it may hold anything.
void FrontDoor::note_refused(const HttpRequest& request, ErrorCode why) {
  if (why == ErrorCode::unauthorized && request.head.find("Authorization"))
    log_.write_of(access_.address(request), LogLevel::warning, "access_refused",
                  {{"address", access_.address(request)}});
}

std::optional<Caller> FrontDoor::let_in(const HttpRequest& request, Entry entry) {
  auto caller = access_.check(request, entry.any_of, loop_.now(), entry.cookie);
  if (caller) {
    if (caller->named()) rooms_->server.vouch(request.call);
    return std::move(*caller);
  }
  note_refused(request, caller.error().code);
  respond_fault(rooms_->server, request.call, caller.error());
  return std::nullopt;
}

bool FrontDoor::reads(const HttpRequest& request) {
  if (request.head.method == "GET" || request.head.method == "HEAD") return true;
  respond_not_allowed(rooms_->server, request.call, "GET, HEAD");
  return false;
}

void FrontDoor::on_caller_gone(HttpCallId call, bool can_write) {
  if (!rooms_) return;
  const CallerId caller{static_cast<std::uint64_t>(call)};
  if (rooms_->shell.has_caller(caller)) return rooms_->shell.on_caller_gone(caller, can_write);
  if (!rooms_->events.on_caller_gone(call)) rooms_->kiosk_door.on_caller_gone(call, can_write);
}

std::string FrontDoor::error_body(ErrorCode code, std::string_view message) {
  return kgw::error_body(code, message, {}, {});
}

}  // namespace kgw
