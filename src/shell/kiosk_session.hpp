// KioskSession: one kiosk's WebSocket from admission to end: who is connected, what it sends and what is sent
// to it. The message protocols are implemented here and nowhere else in the shell: v1 (PROTOCOL.md 3) in
// kiosk_session.cpp, v2 (4) in kiosk_session_v2.cpp. Loop thread only. Nothing that it does destroys it while
// it runs: the end of a connection is reported later, from the loop.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/http_server.hpp"
#include "shell/relay_shell.hpp"
#include "wire/kiosk_frame.hpp"
#include "wire/kiosk_v2/read.hpp"

namespace kgw {

// A session is a connection, with the same number.
inline WsId ws_of(SessionId session) { return WsId{static_cast<std::uint64_t>(session)}; }
inline SessionId session_of(WsId ws) { return SessionId{static_cast<std::uint64_t>(ws)}; }

class KioskSession {
 public:
  // Shared by all sessions; outlives them.
  struct Surroundings {
    RelayShell& shell;
    HttpServer& server;
    Log& log;
    Metrics& metrics;
    KioskMessageReader reader;
    std::string node;  // what a kiosk that speaks v2 hears of the gateway
  };
  // From its handshake.
  struct Peer {
    WallTime since;
    std::string address;        // the kiosk's own, if the proxy in front is trusted
    std::string agent_version;  // empty: not our agent
    bool v2 = false;            // which protocol is spoken
  };
  KioskSession(Surroundings& around, SessionId id, Peer peer)
      : around_(around), id_(id), peer_(std::move(peer)) {}
  KioskSession(const KioskSession&) = delete;

  const Peer& peer() const { return peer_; }
  // Of the last ping; nullopt if none was answered yet.
  std::optional<std::chrono::nanoseconds> round_trip() const { return round_trip_; }

  // --- from the kiosk
  void on_text(std::string_view text);
  // Returns true if the message clearly names a request in flight at this kiosk, which it ended as
  // invalid_response.
  bool on_binary(std::string_view bytes);
  void on_alive();
  void on_round_trip(std::chrono::nanoseconds round_trip);

  // --- to the kiosk
  // The first message, if there is one in its protocol.
  void greet();
  // Composes the frame and sends it. Returns why if certainly no byte was or will be written: kiosk_busy if the
  // kiosk has too much to read already, payload_too_large if its protocol has no room for that.
  std::optional<ErrorCode> send(const SendFrame& frame);
  // Requires v2.
  void tell_stored(const RequestId& id);
  void probe();
  void close(CloseReason reason);
  // Closes the connection for an operator; the kiosk is expected to reconnect.
  void kick();

 private:
  Relay::Broken take_broken(std::span<const RequestId> named, std::string_view text);
  void on_broken(const KioskMessage& message, std::string_view text);
  // --- v2
  void on_text_v2(std::string_view text);
  void on_message(const kiosk_v2::Resume& resume);
  void on_message(const kiosk_v2::Accepted& accepted);
  void on_message(const kiosk_v2::Declined& declined);
  void on_message(const kiosk_v2::KioskResult& result);
  void on_broken_v2(const kiosk_v2::Broken& broken, std::string_view text);
  std::optional<ErrorCode> send_v2(const SendFrame& frame);
  bool send_text(std::string_view text);

  Surroundings& around_;
  const SessionId id_;
  const Peer peer_;
  std::optional<std::chrono::nanoseconds> round_trip_;
};

}  // namespace kgw
