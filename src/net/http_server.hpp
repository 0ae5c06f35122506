// HttpServer: listening socket, HTTP/1.1 connections (RFC 9112) and the WebSocket connections they become (RFC
// 6455). All on the loop's thread. Connections are plain state machines over the loop's read buffer: an idle
// kiosk holds no buffer at all. Answers written during one turn go out at its end, one writev a connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "wire/http_head.hpp"
#include "wire/websocket.hpp"

namespace kgw {

// A call that waits for its answer: connection and sequence in it, never reused. CallerId of the core has the
// same value.
enum class HttpCallId : std::uint64_t { none = 0 };
enum class WsId : std::uint64_t { none = 0 };

struct PeerAddress {
  std::string text;       // "192.0.2.1" or "2001:db8::1", without port; IPv4-mapped IPv6 shows as IPv4
  bool loopback = false;  // 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104
};

// Valid only during HttpHandler::on_request.
struct HttpRequest {
  HttpCallId call{};
  const HttpHead& head;
  std::string_view body;  // whole, decoded
  const PeerAddress& peer;
  // How long it lay in its socket, where that may be long enough to matter (the gateway had been stopped, or
  // had too much to do); else 0.
  Milliseconds waited{0};
  bool half_closed = false;  // the client's FIN came before the request was read
};

struct HttpResponse {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // empty: no such field
  std::string_view extra_fields{};                     // whole lines, each ended by CRLF
  std::string_view body{};
  bool close = false;  // end the connection after it
};

// What the server asks before it reads a body, so that it needs to know no paths itself.
struct BodyPolicy {
  std::size_t bytes_max = 0;
};

// What is said of a request whose body is not here yet.
struct Admission {
  std::optional<Fault> refused{};  // told at once, and nothing more is read
  bool known = false;              // the client has shown a key
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // After the head, before the body.
  virtual BodyPolicy body_policy(const HttpHead& head) = 0;
  // A body that is still on its way, and would be held. `request` has none, and no call yet.
  virtual Admission admit(const HttpRequest&) { return {}; }
  // Somebody at `peer` speaks TLS, which is not spoken here.
  virtual void on_tls(const PeerAddress&) {}
  // A whole request. Answer now or later with HttpServer::respond(call, ...), exactly once; or upgrade(call,
  // ...). HEAD: respond as for GET, the server leaves the body out.
  virtual void on_request(const HttpRequest& request) = 0;
  // The client closed (or half-closed) while `call` waits for its answer. `can_write`: it may still be reading
  // (shutdown(SHUT_WR)), so an answer is still worth writing; else the call is over and must not be answered.
  virtual void on_caller_gone(HttpCallId call, bool can_write) = 0;
  // A request that never became one (bad HTTP, too large, too slow): the body of the error answer that the
  // server sends before it closes.
  virtual std::string error_body(ErrorCode code, std::string_view message) = 0;
};

class WsHandler {
 public:
  virtual ~WsHandler() = default;
  virtual void on_ws_text(WsId ws, std::string_view text) = 0;
  // A whole binary message. False: it is of no use here, and the connection ends with 1003.
  virtual bool on_ws_binary(WsId, std::string_view /*bytes*/) { return false; }
  // Called once for each batch of bytes read from this connection, before what they hold: any byte is a sign of
  // life.
  virtual void on_ws_alive(WsId ws) = 0;
  virtual void on_ws_pong(WsId ws, std::string_view payload) = 0;
  // The pong of a ping that the server itself sent.
  virtual void on_ws_round_trip(WsId, std::chrono::nanoseconds) {}
  // The end, exactly once, however it came (our own ws_close included); the id is dead afterwards.
  virtual void on_ws_closed(WsId ws, std::uint16_t code, std::string_view reason) = 0;
};

struct HttpServerStats {
  std::uint64_t connections = 0;  // now
  std::uint64_t websockets = 0;   // of them
  std::uint64_t accepted = 0;     // ever
  std::uint64_t refused = 0;      // past the limit
  std::uint64_t sent_away = 0;    // for others, or because they took nothing
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t ws_faults = 0;  // connections that we closed for a protocol fault
};

class HttpServer {
 public:
  struct Settings {
    std::string host = "::";    // "::" is dual-stack; falls back to 0.0.0.0 on a machine without IPv6
    std::uint16_t port = 8000;  // 0: any
    std::size_t connections_max = limits::kConnectionsMax;  // lowered to what RLIMIT_NOFILE allows
    std::size_t unsent_bytes_max =
        limits::kUnsentBytesMax;  // a WebSocket whose peer does not read is closed past it
    std::size_t unsent_of_all_max = limits::kUnsentBytesOfAllMax;
    std::size_t arriving_bytes_max = limits::kArrivingBytesMax;
    std::size_t arriving_of_address_max = limits::kArrivingBytesOfAddressMax;
    Milliseconds head_time = limits::kHeadTime;
    Milliseconds body_time = limits::kBodyTime;
    Milliseconds write_time = limits::kWriteTime;
    Milliseconds keep_alive_time = limits::kKeepAliveTime;
    Milliseconds ping_interval = limits::kPingInterval;
    Milliseconds pong_time = limits::kPongTime;
    Milliseconds close_time = limits::kCloseTime;
  };
  HttpServer(Loop& loop, HttpHandler& http, WsHandler& ws);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  // Error: a sentence that names the address, and that the port is taken, and what to do.
  Result<void> listen(const Settings& settings);
  std::uint16_t port() const;
  // No new connections (the socket closes); those there go on.
  void stop_listening();

  // Answers a call; ignored when the call is over. The bytes are copied (or sent) before it returns.
  void respond(HttpCallId call, const HttpResponse& response);
  // The hot path: "HTTP/1.1 200 OK", then `extra_fields`, then the shared body without a copy when it is large.
  void respond_shared(HttpCallId call, std::string_view extra_fields, const SharedBytes& body);

  // An answer whose body is the same for all who ask: nobody has a copy of his own. `response.body` is ignored.
  void respond_fixed(HttpCallId call, const HttpResponse& response, const SharedBytes& body);
  // The client behind the call has shown a key: it is no stranger any more.
  void vouch(HttpCallId call);

  // An answer of no fixed length: it stays open, is written in pieces, and its end is the connection's (of
  // `head`, status and body do not count). No time-out but write_time holds, and whoever stops reading is cut
  // off.
  void begin_stream(HttpCallId call, const HttpResponse& head);
  // The next piece, shared by all who get it. False: the stream is over: the client went away, or this piece
  // would make more than limits::kStreamUnsentBytesMax unsent; on_caller_gone does not come any more.
  bool stream(HttpCallId call, const SharedBytes& piece);
  // What of it the client has not taken yet.
  std::size_t stream_backlog(HttpCallId call) const;
  // Ends it; what is unsent by now is not waited for.
  void end_stream(HttpCallId call);

  // Completes the WebSocket handshake of a GET whose check_upgrade() gave `accept`. none when the client has
  // gone. The call may be held for seconds before. Data that came behind the head belongs to the new
  // connection.
  WsId upgrade(HttpCallId call, std::string_view accept, std::string_view extra_fields = {});

  // A frame, whole, as encoded. False: surely nothing of it was or will be written: the connection is gone,
  // closing, or would hold more than limits::kUnsentBytesMax. True is no promise of delivery.
  bool ws_send(WsId ws, const EncodedFrame& frame);
  bool ws_send(WsId ws, std::string_view encoded_frame);
  // Sends a close frame, then ends the TCP connection within limits::kCloseTime. `now`: without waiting for
  // what is queued or for an echo. on_ws_closed comes later, from the loop.
  void ws_close(WsId ws, WsClose code, std::string_view reason, bool now = false);

  // Whether kiosks may send large messages now, or wait with them, unread: what they sent before is still held.
  void take_large_messages(bool take);

  // How many connections there is room for.
  std::size_t connections_max() const;

  // End of turn: writes what was gathered. The owner of the loop's end-of-turn hook calls it last.
  void flush();
  // Timers: heads, bodies, keep-alive, writes, pings (every kPingInterval, closed when no byte came within
  // kPongTime).
  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);
  // Shutdown: closes what is left; returns when all descriptors are closed.
  void close_all(WsClose code, std::string_view reason);
  bool has_unsent() const;

  const HttpServerStats& stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
