// The front door's table: one row for each operation of the HTTP contract: method and path, who may call it,
// its query parameters, and its handler. openapi.yaml publishes the same; tests/unit/api compares them, so
// that neither can have an entry that the other lacks. No state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "access/caller.hpp"
#include "net/http_server.hpp"

namespace kgw {

class AlertsApi;
class BackupApi;
class CallbacksApi;
class DashboardLogin;
class FeedApi;
class HistoryApi;
class InsightApi;
class KeysApi;
class KioskDoor;
class KiosksApi;
class LedgerApi;
class LiveEvents;
class MoveApi;
class Observatory;
class RelayShell;
class RequestsApi;
class SendHandler;
class StatusPages;
class Unclaimed;
class WaitingRoom;

// The handlers. Requires all of them to outlive the door.
struct Rooms {
  HttpServer& server;
  SendHandler& send;
  RequestsApi& requests;
  FeedApi& feed;
  Unclaimed& unclaimed;
  KiosksApi& kiosks;
  KeysApi& keys;
  CallbacksApi& callbacks;
  LedgerApi& ledger;
  HistoryApi& history;
  MoveApi& move;
  BackupApi& backup;
  AlertsApi& alerts;
  DashboardLogin& login;
  LiveEvents& events;
  InsightApi& insight;
  KioskDoor& kiosk_door;
  StatusPages& status;
  Observatory& observatory;
  RelayShell& shell;
};

// A call that its row admits.
struct Visit {
  const Rooms& rooms;
  const HttpRequest& request;
  const Caller& caller;     // empty where the row requires no key
  const std::string& part;  // the path's part for the row's {name}, percent-decoded
};

// How a caller is identified.
enum class By : std::uint8_t {
  nothing,               // open to all
  key,                   // only by a key: for machines
  key_or_session,        // the dashboard's cookie is accepted in place of its key
  key_or_metrics_token,  // METRICS_TOKEN
  session,               // checked by the handler
  session_if_any,        // likewise; without one, as for a call without a key
  kiosk_token,           // checked by the handler
};

struct Guard {
  By by = By::nothing;
  // Bits of Scope, of which the caller needs one; 0: the door admits everyone.
  std::uint8_t any_of = 0;

  bool asks() const { return any_of != 0; }
};

// "/api/kiosks/{kiosk_id}/ping": at most one part stands for any text without '/'.
struct PathPattern {
  constexpr PathPattern(const char* pattern) : text(pattern) {  // NOLINT(google-explicit-constructor)
    const std::size_t open = text.find('{');
    if (open == std::string_view::npos) return;
    const std::size_t close = text.find('}');
    before = text.substr(0, open);
    name = text.substr(open + 1, close - open - 1);
    behind = text.substr(close + 1);
  }
  bool fits(std::string_view path) const {
    if (name.empty()) return path == text;
    return path.size() >= before.size() + behind.size() && path.starts_with(before) && path.ends_with(behind) &&
           part_of(path).find('/') == std::string_view::npos;
  }
  // Requires a path that fits.
  std::string_view part_of(std::string_view path) const {
    if (name.empty()) return {};
    return path.substr(before.size(), path.size() - before.size() - behind.size());
  }

  std::string_view text, before{}, name{}, behind{};
};

struct Route {
  std::string_view method;  // GET implies HEAD, except where a kiosk connects
  PathPattern path;
  Guard guard;
  void (*enter)(const Visit&);

  struct More {
    std::span<const std::string_view> query{};  // the known parameters
    // For what concerns all kiosks: the end of the sentence that refuses a key limited to some. Empty: such a
    // key is admitted, and the door makes sure that a kiosk in the path is one of its own.
    std::string_view of_all{};
    // What to answer while there is no store yet; null: that there is none.
    void (WaitingRoom::*waits)(HttpServer&, const HttpRequest&) const = nullptr;
  };
  More more{};

  bool takes(std::string_view asked) const {
    return asked == method || (asked == "HEAD" && method == "GET" && guard.by != By::kiosk_token);
  }
  // In the API, ignoring a filter would give a wrong answer; pages and machines' paths ignore unknown
  // parameters.
  bool reads_query() const { return guard.by == By::key_or_session; }
};

std::span<const Route> routes();

struct RouteFound {
  const Route* route = nullptr;  // null: the path has no such method
  bool path_known = false;       // the path has some method
};
// `/send/` is `/send`.
RouteFound find_route(std::string_view method, std::string_view path);

// For an Allow field: the methods of a path or, if it is empty, of everything below `/api`.
std::string allowed_methods(std::string_view path);

bool is_api(std::string_view path);

}  // namespace kgw
