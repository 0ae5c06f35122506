// KioskSession: one kiosk's WebSocket from its admission to its end: who is at the other end, what it says and
// what is said to it. The messages' protocol (v1, PROTOCOL.md 3) is spoken here and nowhere else in the shell.
// Loop thread only. Nothing that it causes ends it while it runs: that a connection ended is told later, from
// the loop.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http_server.hpp"
#include "shell/relay_shell.hpp"
#include "wire/kiosk_frame.hpp"

namespace kgw {

// A session is a connection, by the same number.
inline WsId ws_of(SessionId session) { return WsId{static_cast<std::uint64_t>(session)}; }
inline SessionId session_of(WsId ws) { return SessionId{static_cast<std::uint64_t>(ws)}; }

class KioskSession {
 public:
  // What all sessions need; outlives them.
  struct Surroundings {
    RelayShell& shell;
    HttpServer& server;
    Log& log;
    Metrics& metrics;
    KioskMessageReader reader;
  };
  // As its handshake said it.
  struct Peer {
    WallTime since;
    std::string address;        // the kiosk's own, where the proxy in front is trusted
    std::string agent_version;  // empty: it is not our agent
  };
  KioskSession(Surroundings& around, SessionId id, Peer peer)
      : around_(around), id_(id), peer_(std::move(peer)) {}
  KioskSession(const KioskSession&) = delete;

  const Peer& peer() const { return peer_; }
  // Of the last ping; nothing: none was answered yet.
  std::optional<std::chrono::nanoseconds> round_trip() const { return round_trip_; }

  // --- what the kiosk says
  void on_text(std::string_view text);
  // True: the message plainly names a request in flight at this kiosk, and ended it as invalid_response.
  bool on_binary(std::string_view bytes);
  void on_alive();
  void on_round_trip(std::chrono::nanoseconds round_trip);

  // --- what is said to it
  // False: surely no byte was written and none will be.
  bool send(const EncodedFrame& frame);
  void probe();
  void close(CloseReason reason);
  // Ends the connection by an operator's wish; the kiosk is to come again.
  void kick();

 private:
  Relay::Broken take_broken(std::span<const RequestId> named, std::string_view text);
  void on_broken(const KioskMessage& message, std::string_view text);

  Surroundings& around_;
  const SessionId id_;
  const Peer peer_;
  std::optional<std::chrono::nanoseconds> round_trip_;
};

}  // namespace kgw
