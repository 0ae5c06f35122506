// FrontDoor: where everything that the server receives comes in. Finds the row of the table (api/routes) for
// a request and checks whether the caller may use it (PROTOCOL.md 1.5, 5). Created before the server and
// before the rooms that it leads to; open() connects them. Loop thread only.
#pragma once

#include <optional>
#include <string>

#include "access/access.hpp"
#include "api/routes.hpp"
#include "log/log.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "shell/kiosk_door.hpp"

namespace kgw {

class FrontDoor final : public HttpHandler, public WsHandler {
 public:
  FrontDoor(Access& access, Loop& loop, Log& log) : access_(access), loop_(loop), log_(log) {}
  // Until then `let_wait`'s room answers.
  void open(Rooms rooms) { rooms_.emplace(rooms); }
  void let_wait(HttpServer& server, const WaitingRoom& room) {
    server_ = &server;
    waiting_ = &room;
  }

  BodyPolicy body_policy(const HttpHead& head) override;
  Admission admit(const HttpRequest& request) override;
  void on_tls(const PeerAddress& peer) override;
  void on_tls_failed(const PeerAddress& peer, std::string_view why) override;
  void on_request(const HttpRequest& request) override;
  void on_caller_gone(HttpCallId call, bool can_write) override;
  void on_answer_lost(const RequestId& receipt) override;
  std::string error_body(ErrorCode code, std::string_view message) override;

  void on_ws_text(WsId ws, std::string_view text) override { rooms_->kiosk_door.on_ws_text(ws, text); }
  bool on_ws_binary(WsId ws, std::string_view bytes) override {
    return rooms_->kiosk_door.on_ws_binary(ws, bytes);
  }
  void on_ws_alive(WsId ws) override { rooms_->kiosk_door.on_ws_alive(ws); }
  void on_ws_pong(WsId ws, std::string_view payload) override { rooms_->kiosk_door.on_ws_pong(ws, payload); }
  void on_ws_round_trip(WsId ws, std::chrono::nanoseconds round_trip) override {
    rooms_->kiosk_door.on_ws_round_trip(ws, round_trip);
  }
  void on_ws_closed(WsId ws, std::uint16_t code, std::string_view reason) override {
    rooms_->kiosk_door.on_ws_closed(ws, code, reason);
  }

 private:
  static Guard guard_of(const RouteFound& found, const HttpHead& head);
  // Returns the caller if it may come in; a fault says why not. `charged`: deducts a call from the key's
  // rate.
  Result<Caller> check(const HttpRequest& request, Guard guard, bool charged);
  // Returns the caller if it may come in; else answers and returns nullopt.
  std::optional<Caller> let_in(const HttpRequest& request, Guard guard);
  void note_refused(const HttpRequest& request, ErrorCode why);
  void lead(const HttpRequest& request, const RouteFound& found, const Caller& caller);
  void on_early_request(const HttpRequest& request, const RouteFound& found);
  void refuse_path(const HttpRequest& request, const RouteFound& found);
  // Returns false, after answering, if there is no such kiosk for this caller.
  bool shows_kiosk(HttpCallId call, const std::string& id, const Caller& caller);

  Access& access_;
  Loop& loop_;
  Log& log_;
  HttpServer* server_ = nullptr;
  const WaitingRoom* waiting_ = nullptr;
  std::optional<Rooms> rooms_;
  bool tls_told_ = false;
  Instant tls_failure_told_{};     // the last line about one; none yet: the epoch
  std::int64_t tls_failures_ = 0;  // since then
};

}  // namespace kgw
