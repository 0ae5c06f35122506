// The front door's table: one row for each operation of the HTTP contract: its method and path, who may come,
// what its query may ask, and where it leads. openapi.yaml says the same to the world; tests/unit/api holds the
// one against the other, so a row here needs an entry there and the reverse. No state.
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
class DashboardLogin;
class HistoryApi;
class InsightApi;
class KeysApi;
class KioskDoor;
class KiosksApi;
class LiveEvents;
class MoveApi;
class Observatory;
class RelayShell;
class RequestsApi;
class SendHandler;
class StatusPages;
class WaitingRoom;

// Where the paths lead. All of it outlives the door.
struct Rooms {
  HttpServer& server;
  SendHandler& send;
  RequestsApi& requests;
  KiosksApi& kiosks;
  KeysApi& keys;
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

// A call that its row lets in.
struct Visit {
  const Rooms& rooms;
  const HttpRequest& request;
  const Caller& caller;     // nobody where the row asks for no key
  const std::string& part;  // what the path has in the place of the row's {name}, percent-decoded
};

// By what a caller is known.
enum class By : std::uint8_t {
  nothing,               // open to all
  key,                   // a key alone: where machines call
  key_or_session,        // the dashboard's cookie counts like the key that it stands for
  key_or_metrics_token,  // METRICS_TOKEN
  session,               // the room itself looks at it
  session_if_any,        // likewise; without one it is for whoever needs no key
  kiosk_token,           // the room itself looks at it
};

struct Guard {
  By by = By::nothing;
  std::uint8_t any_of = 0;  // bits of Scope: the caller has one of them. 0: the door lets all in

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
  // REQUIRES a path that fits.
  std::string_view part_of(std::string_view path) const {
    if (name.empty()) return {};
    return path.substr(before.size(), path.size() - before.size() - behind.size());
  }

  std::string_view text, before{}, name{}, behind{};
};

struct Route {
  std::string_view method;  // GET: HEAD too, but where a kiosk connects
  PathPattern path;
  Guard guard;
  void (*enter)(const Visit&);

  struct More {
    std::span<const std::string_view> query{};  // the names that it may have
    // What is about all kiosks is refused to a key that is limited to some, with a sentence that ends so.
    // Empty: such a key may come; of what it asks about a kiosk the door sees to it that it is one of its own.
    std::string_view of_all{};
    // What is answered while there is no store yet; null: that there is none.
    void (WaitingRoom::*waits)(HttpServer&, const HttpRequest&) const = nullptr;
  };
  More more{};

  bool takes(std::string_view asked) const {
    return asked == method || (asked == "HEAD" && method == "GET" && guard.by != By::kiosk_token);
  }
  // In the API a filter that is ignored is a wrong answer; pages and what machines call let any query pass.
  bool reads_query() const { return guard.by == By::key_or_session; }
};

std::span<const Route> routes();

struct RouteFound {
  const Route* route = nullptr;  // null: nothing of that method is at this path
  bool path_known = false;       // something is
};
RouteFound find_route(std::string_view method, std::string_view path);

// For an Allow field: the methods of a path, or of all that is below `/api` when the path is empty.
std::string allowed_methods(std::string_view path);

bool is_api(std::string_view path);

}  // namespace kgw
