#include "api/routes.hpp"

#include <algorithm>

#include "api/alerts_api.hpp"
#include "api/backup_api.hpp"
#include "api/callbacks/callbacks_api.hpp"
#include "api/dashboard/login.hpp"
#include "api/dashboard/pages.hpp"
#include "api/feed/feed_api.hpp"
#include "api/history_api.hpp"
#include "api/insight_api.hpp"
#include "api/keys_api.hpp"
#include "api/kiosks_api.hpp"
#include "api/ledger_api.hpp"
#include "api/live_events.hpp"
#include "api/move_api.hpp"
#include "api/openapi_page.hpp"
#include "api/requests_api.hpp"
#include "api/send_handler.hpp"
#include "api/status_pages.hpp"
#include "api/waiting_room.hpp"
#include "live/observatory.hpp"
#include "shell/kiosk_door.hpp"

namespace kgw {
namespace {

constexpr Guard kOpen{};
constexpr Guard kSend{By::key, bit(Scope::send)};
constexpr Guard kSendHere{By::key_or_session, bit(Scope::send)};
constexpr Guard kSendOrLook{By::key_or_session, kSendOrRead};
constexpr Guard kLook{By::key_or_session, bit(Scope::read)};
constexpr Guard kAdmin{By::key_or_session, bit(Scope::admin)};
constexpr Guard kSendOrAdmin{By::key_or_session,
                             static_cast<std::uint8_t>(bit(Scope::send) | bit(Scope::admin))};
constexpr Guard kMetrics{By::key_or_metrics_token, bit(Scope::read)};
constexpr Guard kSession{By::session};
constexpr Guard kSessionIfAny{By::session_if_any};
constexpr Guard kKiosk{By::kiosk_token};

constexpr std::string_view kOfOneRequest[] = {"body", "wait"};
constexpr std::string_view kOfRequestsOfOwner[] = {"kiosk_id", "idempotency_key", "final",
                                                   "cursor",   "limit",           "wait"};
constexpr std::string_view kOfOrder[] = {"limit", "cursor"};
constexpr std::string_view kOfRequests[] = {"limit",    "cursor",     "order",     "kiosk_id", "operation_type",
                                            "order_id", "request_id", "owner",     "state",    "outcome",
                                            "result",   "error",      "unclaimed", "from",     "to"};
constexpr std::string_view kOfKiosks[] = {"limit", "cursor"};
constexpr std::string_view kOfCallbacks[] = {"limit", "cursor", "state", "request_id"};
constexpr std::string_view kOfRemoval[] = {"force"};
constexpr std::string_view kOfHistory[] = {"limit", "cursor", "kiosk_id", "from", "to"};
constexpr std::string_view kOfAudit[] = {"limit", "cursor", "target", "from", "to"};
constexpr std::string_view kOfAlerts[] = {"limit", "cursor", "open", "kind", "kiosk_id", "from", "to"};
constexpr std::string_view kOfSeries[] = {"window"};
constexpr std::string_view kOfExport[] = {"cursor"};
constexpr std::string_view kOfImport[] = {"dry_run"};

// Otherwise it could create an unlimited key for itself.
constexpr std::string_view kKeys = "only a key for all kiosks may manage keys.";
constexpr std::string_view kSecrets = "only a key for all kiosks may manage webhook secrets.";
constexpr std::string_view kMoving = "only a key for all kiosks may export or import.";

// The first matching row applies.
constexpr Route kRoutes[] = {
    {"POST", "/send", kSend, [](const Visit& v) { v.rooms.send.on_send(v.request, v.caller); }},
    {"GET", "/ws", kKiosk, [](const Visit& v) { v.rooms.kiosk_door.on_upgrade(v.request); }},
    {"GET",
     "/requests/{request_id}",
     kSendOrLook,
     [](const Visit& v) { v.rooms.requests.get(v.request, v.part, v.caller); },
     {.query = kOfOneRequest}},
    {"POST", "/requests/{request_id}/ack", kSend,
     [](const Visit& v) { v.rooms.requests.ack(v.request, v.part, v.caller); }},
    {"GET",
     "/requests",
     kSendOrLook,
     [](const Visit& v) {
       if (query_value(v.request.head.query, "final")) v.rooms.feed.read(v.request, v.caller);
       else v.rooms.requests.by_key(v.request, v.caller);
     },
     {.query = kOfRequestsOfOwner}},
    {"POST", "/requests/{request_id}/cancel", kSendHere,
     [](const Visit& v) { v.rooms.requests.cancel(v.request, v.part, v.caller); }},

    {"GET",
     "/api/kiosks",
     kLook,
     [](const Visit& v) { v.rooms.kiosks.list(v.request, v.caller); },
     {.query = kOfKiosks}},
    {"POST", "/api/kiosks", kAdmin, [](const Visit& v) { v.rooms.kiosks.add(v.request, v.caller); }},
    {"GET", "/api/kiosks/{kiosk_id}", kLook,
     [](const Visit& v) { v.rooms.kiosks.show(v.request, v.part, v.caller); }},
    {"PATCH", "/api/kiosks/{kiosk_id}", kAdmin,
     [](const Visit& v) { v.rooms.kiosks.change(v.request, v.part, v.caller); }},
    {"DELETE",
     "/api/kiosks/{kiosk_id}",
     kAdmin,
     [](const Visit& v) { v.rooms.kiosks.remove(v.request, v.part, v.caller); },
     {.query = kOfRemoval}},
    {"POST", "/api/kiosks/{kiosk_id}/token", kAdmin,
     [](const Visit& v) { v.rooms.kiosks.renew_token(v.request, v.part, v.caller); }},
    {"POST", "/api/kiosks/{kiosk_id}/ping", kLook,
     [](const Visit& v) { v.rooms.kiosks.ping(v.request, v.part, v.caller); }},
    {"POST", "/api/kiosks/{kiosk_id}/kick", kAdmin,
     [](const Visit& v) { v.rooms.kiosks.kick(v.request, v.part, v.caller); }},
    {"POST", "/api/kiosks/{kiosk_id}/send", kAdmin,
     [](const Visit& v) { v.rooms.kiosks.send(v.request, v.part, v.caller); }},

    {"GET",
     "/api/keys",
     kAdmin,
     [](const Visit& v) { v.rooms.keys.list(v.request.call, v.caller); },
     {.of_all = kKeys}},
    {"POST",
     "/api/keys",
     kAdmin,
     [](const Visit& v) { v.rooms.keys.add(v.request, v.caller); },
     {.of_all = kKeys}},
    {"GET",
     "/api/keys/{key_id}",
     kAdmin,
     [](const Visit& v) { v.rooms.keys.show(v.request.call, v.part); },
     {.of_all = kKeys}},
    {"DELETE",
     "/api/keys/{key_id}",
     kAdmin,
     [](const Visit& v) { v.rooms.keys.revoke(v.request, v.part, v.caller); },
     {.of_all = kKeys}},
    {"POST",
     "/api/keys/{key_id}/rotate",
     kAdmin,
     [](const Visit& v) { v.rooms.keys.rotate(v.request, v.part, v.caller); },
     {.of_all = kKeys}},

    {"GET",
     "/api/callbacks",
     kSendOrLook,
     [](const Visit& v) { v.rooms.callbacks.list(v.request, v.caller); },
     {.query = kOfCallbacks}},
    {"POST", "/api/callbacks/replay", kSendOrAdmin,
     [](const Visit& v) { v.rooms.callbacks.replay(v.request, v.caller); }},
    {"GET",
     "/api/webhook-secrets",
     kAdmin,
     [](const Visit& v) { v.rooms.callbacks.secrets(v.request.call); },
     {.of_all = kSecrets}},
    {"POST",
     "/api/webhook-secrets/{owner}",
     kAdmin,
     [](const Visit& v) { v.rooms.callbacks.make_secret(v.request, v.part, v.caller); },
     {.of_all = kSecrets}},
    {"DELETE",
     "/api/webhook-secrets/{owner}",
     kAdmin,
     [](const Visit& v) { v.rooms.callbacks.remove_secret(v.request, v.part, v.caller); },
     {.of_all = kSecrets}},
    {"DELETE",
     "/api/webhook-secrets/{owner}/previous",
     kAdmin,
     [](const Visit& v) { v.rooms.callbacks.end_previous_secret(v.request, v.part, v.caller); },
     {.of_all = kSecrets}},

    {"GET",
     "/api/requests",
     kLook,
     [](const Visit& v) { v.rooms.requests.list(v.request, v.caller); },
     {.query = kOfRequests}},
    {"POST", "/api/requests/{request_id}/resolve", kAdmin,
     [](const Visit& v) { v.rooms.ledger.resolve(v.request, v.part, v.caller); }},
    {"GET",
     "/api/orders/{order_id}",
     kLook,
     [](const Visit& v) { v.rooms.requests.order(v.request, v.part, v.caller); },
     {.query = kOfOrder}},
    {"GET",
     "/api/history",
     kLook,
     [](const Visit& v) { v.rooms.history.connections(v.request, v.caller); },
     {.query = kOfHistory}},
    {"GET",
     "/api/audit",
     kLook,
     [](const Visit& v) { v.rooms.history.audit(v.request, v.caller); },
     {.query = kOfAudit, .of_all = "the audit trail covers all of them."}},
    {"GET",
     "/api/alerts",
     kLook,
     [](const Visit& v) { v.rooms.alerts.list(v.request, v.caller); },
     {.query = kOfAlerts}},
    {"GET", "/api/stats", kLook, [](const Visit& v) { v.rooms.status.stats(v.request.call, v.caller); }},
    {"GET", "/api/events", kLook, [](const Visit& v) { v.rooms.events.open(v.request, v.caller); }},
    {"GET",
     "/api/series",
     kLook,
     [](const Visit& v) { v.rooms.insight.series(v.request); },
     {.query = kOfSeries, .of_all = "the charts cover all of them."}},
    {"GET",
     "/api/settings",
     kLook,
     [](const Visit& v) { v.rooms.insight.settings(v.request.call); },
     {.of_all = "the settings apply to the whole gateway."}},

    {"GET",
     "/api/export",
     kAdmin,
     [](const Visit& v) { v.rooms.move.export_page(v.request, v.caller); },
     {.query = kOfExport, .of_all = kMoving}},
    {"POST",
     "/api/import",
     kAdmin,
     [](const Visit& v) { v.rooms.move.import(v.request, v.caller); },
     {.query = kOfImport, .of_all = kMoving}},
    {"POST",
     "/api/backup",
     kAdmin,
     [](const Visit& v) { v.rooms.backup.make(v.request.call); },
     {.of_all = "only a key for all kiosks may make a backup."}},
    {"POST", "/api/dashboard-links", kAdmin,
     [](const Visit& v) { v.rooms.login.make_link(v.request, v.caller); }},

    {"GET",
     "/dashboard",
     kOpen,
     [](const Visit& v) { respond_dashboard(v.rooms.server, v.request); },
     {.waits = &WaitingRoom::dashboard}},
    {"GET", "/dashboard/", kOpen, [](const Visit& v) { lead_to_dashboard(v.rooms.server, v.request.call); }},
    {"GET", "/dashboard/assets/{asset}", kOpen,
     [](const Visit& v) { respond_dashboard_asset(v.rooms.server, v.request, v.part); }},
    {"GET", "/dashboard/session", kSessionIfAny, [](const Visit& v) { v.rooms.login.show(v.request); }},
    {"POST", "/dashboard/login", kOpen, [](const Visit& v) { v.rooms.login.log_in(v.request); }},
    {"POST", "/dashboard/logout", kSession, [](const Visit& v) { v.rooms.login.log_out(v.request); }},

    {"GET",
     "/metrics",
     kMetrics,
     [](const Visit& v) { v.rooms.observatory.scrape(v.request.call); },
     {.of_all = "the metrics cover all of them. Give Prometheus the METRICS_TOKEN, or a key for all kiosks."}},
    {"GET",
     "/health",
     kOpen,
     [](const Visit& v) { v.rooms.status.health(v.request.call); },
     {.waits = &WaitingRoom::health}},
    {"GET",
     "/health/live",
     kOpen,
     [](const Visit& v) { v.rooms.status.live(v.request.call); },
     {.waits = &WaitingRoom::live}},
    {"GET",
     "/health/ready",
     kOpen,
     [](const Visit& v) { v.rooms.status.ready(v.request.call); },
     {.waits = &WaitingRoom::ready}},
    {"GET", "/", kOpen, [](const Visit& v) { v.rooms.status.root(v.request); }},
    {"GET", "/openapi.json", kOpen, [](const Visit& v) { respond_openapi(v.rooms.server, v.request.call); }},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

RouteFound find_route(std::string_view method, std::string_view path) {
  RouteFound found;
  for (const Route& route : kRoutes) {
    if (!route.path.fits(path)) continue;
    found.path_known = true;
    if (!route.takes(method)) continue;
    found.route = &route;
    break;
  }
  // As backends of the older service call it. Looked at last: it costs the others nothing.
  if (!found.path_known && path == "/send/") return find_route(method, "/send");
  return found;
}

std::string allowed_methods(std::string_view path) {
  if (path == "/send/") path = "/send";
  std::string list;
  for (const std::string_view method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    const bool taken = std::any_of(std::begin(kRoutes), std::end(kRoutes), [&](const Route& route) {
      return (path.empty() ? is_api(route.path.text) : route.path.fits(path)) && route.takes(method);
    });
    if (taken) list.append(list.empty() ? "" : ", ").append(method);
  }
  return list;
}

bool is_api(std::string_view path) { return path == "/api" || path.starts_with("/api/"); }

}  // namespace kgw
