// KioskDoor: admits kiosks. GET /ws: token, registry, duplicates; then each has a KioskSession, found here by
// its connection. Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "access/access.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "settings/config.hpp"
#include "shell/kiosk_pings.hpp"
#include "shell/kiosk_session.hpp"
#include "shell/knocks.hpp"
#include "shell/reconnects.hpp"
#include "shell/relay_shell.hpp"
#include "store/registry.hpp"
#include "telemetry/kiosk_series.hpp"
#include "wire/jwt.hpp"

namespace kgw {

class KioskDoor final : public RelayShell::Door {
 public:
  // `around`: passed on to each session.
  KioskDoor(const KioskSession::Surroundings& around, const TokenAuthority& tokens,
            KioskCertificates certificates, Access& access, Loop& loop, Registry& registry);

  // GET /ws
  void on_upgrade(const HttpRequest& request);
  // The client of a held handshake left, or closed its sending side: then it can't be a kiosk either.
  void on_caller_gone(HttpCallId call, bool can_write);

  void on_ws_text(WsId ws, std::string_view text);
  // Returns true if the message clearly names a request in flight at this kiosk, which it ended as
  // invalid_response.
  bool on_ws_binary(WsId ws, std::string_view bytes);
  void on_ws_alive(WsId ws);
  void on_ws_pong(WsId ws, std::string_view payload) { pings_.on_pong(ws, payload); }
  void on_ws_round_trip(WsId ws, std::chrono::nanoseconds round_trip);
  void on_ws_closed(WsId ws, std::uint16_t code, std::string_view reason);

  void admit(KnockId knock, const std::string& kiosk_id) override;
  void refuse(KnockId knock, const std::string& kiosk_id, ErrorCode why) override;
  void probe(SessionId session) override;
  void close(SessionId session, CloseReason reason) override;
  std::optional<ErrorCode> send(const SendFrame& frame) override;
  void tell_stored(SessionId session, const RequestId& id) override;
  bool connected(SessionId session) const { return sessions_.contains(session); }

  // Returns nullptr if not connected.
  const KioskSession* session(SessionId session) const;
  void note_round_trip(SessionId session, std::chrono::nanoseconds round_trip);
  KioskPings& pings() { return pings_; }
  const KioskPings& pings() const { return pings_; }
  // Closes the connection for an operator; the kiosk is expected to reconnect.
  void kick(SessionId session);

 private:
  struct Visitor {
    std::string kiosk_id;
    TokenDigest digest{};  // of a valid token
  };
  // By its certificate, its token, or both.
  Result<Visitor> identify(const HttpRequest& request) const;
  Result<Visitor> verify(const HttpRequest& request) const;
  void refuse_now(const HttpRequest& request, ErrorCode why, std::string_view message,
                  std::string_view kiosk_id);
  void note(const std::string& kiosk_id, bool up, std::string address, std::string reason);
  KioskSession* find(SessionId session);

  KioskSession::Surroundings around_;
  const TokenAuthority& tokens_;
  const KioskCertificates certificates_;
  Access& access_;
  Loop& loop_;
  Registry& registry_;
  KioskPings pings_;
  Reconnects reconnects_;
  Knocks knocks_;
  std::unordered_map<SessionId, KioskSession> sessions_;
};

}  // namespace kgw
