// FrontDoor: where all that the server hears comes in: which row of the table (api/routes) it is for, and
// whether it may go there (PROTOCOL.md 1.5, 5). It exists before the server does, and what it leads to comes
// after; open() closes the circle. Loop thread only.
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
  // Until then all who come wait.
  void open(Rooms rooms) { rooms_.emplace(rooms); }
  void let_wait(HttpServer& server, const WaitingRoom& room) {
    server_ = &server;
    waiting_ = &room;
  }

  BodyPolicy body_policy(const HttpHead& head) override;
  Admission admit(const HttpRequest& request) override;
  void on_tls(const PeerAddress& peer) override;
  void on_request(const HttpRequest& request) override;
  void on_caller_gone(HttpCallId call, bool can_write) override;
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
  // The caller, when it may; a fault: why not. `charged`: it counts against the key's rate.
  Result<Caller> check(const HttpRequest& request, Guard guard, bool charged);
  // The caller, when it may; nothing: not allowed, and answered.
  std::optional<Caller> let_in(const HttpRequest& request, Guard guard);
  void note_refused(const HttpRequest& request, ErrorCode why);
  void lead(const HttpRequest& request, const RouteFound& found, const Caller& caller);
  void on_early_request(const HttpRequest& request, const RouteFound& found);
  void refuse_path(const HttpRequest& request, const RouteFound& found);
  // False: there is no such kiosk for this caller, and it was answered so.
  bool shows_kiosk(HttpCallId call, const std::string& id, const Caller& caller);

  Access& access_;
  Loop& loop_;
  Log& log_;
  HttpServer* server_ = nullptr;
  const WaitingRoom* waiting_ = nullptr;
  std::optional<Rooms> rooms_;
  bool tls_told_ = false;
};

}  // namespace kgw
