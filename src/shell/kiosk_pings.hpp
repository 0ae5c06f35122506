// KioskPings: pings a connected kiosk and reports the round trip (check before you charge). A bounded number
// at a time; each ends within kPingWait. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/shares.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"

namespace kgw {

class KioskPings {
 public:
  // Gets the round trip, or nullopt if no pong came in time or the connection ended.
  using Callback = std::function<void(std::optional<std::chrono::nanoseconds>)>;
  static constexpr auto kPingWait = std::chrono::seconds(5);
  static constexpr std::size_t kPingsMax = 1000;

  KioskPings(Loop& loop, HttpServer& server) : loop_(loop), server_(server) {}

  // Returns false, and never calls `callback`, if too many pings are in progress or `holder` has used up its
  // share. Otherwise `callback` is called later, exactly once.
  bool ping(std::string_view holder, WsId ws, Callback callback);
  void on_pong(WsId ws, std::string_view payload);
  void on_closed(WsId ws);

  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);

 private:
  struct Ping {
    std::string holder;
    WsId ws;
    std::string payload;
    Instant at;  // by patience()
    Callback callback;
  };
  Loop& loop_;
  HttpServer& server_;
  Callback end(Ping& ping);

  Shares shares_{kPingsMax};
  std::deque<Ping> pings_;  // oldest first
  std::uint64_t number_ = 0;
};

}  // namespace kgw
