// FrontDoor: where all that the server hears comes in: which path leads where, and who may go there
// (PROTOCOL.md 1.5, 5). It exists before the server does, and what it leads to comes after; open() closes the
// circle.
#pragma once

#include "access/access.hpp"
#include "api/alerts_api.hpp"
#include "api/backup_api.hpp"
#include "api/dashboard/login.hpp"
#include "api/history_api.hpp"
#include "api/insight_api.hpp"
#include "api/keys_api.hpp"
#include "api/kiosks_api.hpp"
#include "api/live_events.hpp"
#include "api/move_api.hpp"
#include "api/requests_api.hpp"
#include "api/send_handler.hpp"
#include "api/status_pages.hpp"
#include "api/waiting_room.hpp"
#include "live/observatory.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "shell/kiosk_door.hpp"

namespace kgw {

class FrontDoor final : public HttpHandler, public WsHandler {
 public:
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
  // Who may come: with one of these scopes (bits of Scope), and by which credentials.
  struct Entry {
    std::uint8_t any_of;
    Access::Cookie cookie = Access::Cookie::ignored;
  };
  // Of paths to which one needs a key; nothing: of the others.
  static std::optional<Entry> entry_of(const HttpHead& head);
  void route(const HttpRequest& request);
  void api(const HttpRequest& request);
  void api_of(const HttpRequest& request, const Caller& caller);
  // The caller, when it may; nothing: not allowed, and answered.
  std::optional<Caller> let_in(const HttpRequest& request, Entry entry);
  void note_refused(const HttpRequest& request, ErrorCode why);
  void dashboard(const HttpRequest& request, std::string_view rest);  // `rest`: of the path, behind /dashboard
  bool reads(const HttpRequest& request);                             // GET or HEAD; else answers 405

  Access& access_;
  Loop& loop_;
  Log& log_;
  HttpServer* server_ = nullptr;
  const WaitingRoom* waiting_ = nullptr;
  std::optional<Rooms> rooms_;
  bool tls_told_ = false;
};

}  // namespace kgw
