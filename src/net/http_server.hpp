// HttpServer: a listening socket, its HTTP/1.1 connections (RFC 9112) and the WebSockets they become (RFC
// 6455). Loop thread only. Connections are plain state machines over the loop's read buffer: an idle kiosk
// holds no buffer. What is written during a turn is sent at its end, one writev per connection.
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
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "wire/http_head.hpp"
#include "wire/websocket.hpp"

namespace kgw {

class TlsContext;

// A call that is waiting for its answer; never reused. The core's CallerId has the same value.
enum class HttpCallId : std::uint64_t { none = 0 };
enum class WsId : std::uint64_t { none = 0 };

struct PeerAddress {
  std::string text;       // "192.0.2.1" or "2001:db8::1", without port; IPv4-mapped IPv6 is shown as IPv4
  bool loopback = false;  // 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104
};

// Valid only during HttpHandler::on_request and admit.
struct HttpRequest {
  HttpCallId call{};
  const HttpHead& head;
  std::string_view body;  // complete and decoded
  const PeerAddress& peer;
  // How long the request lay in its socket, if that may be long enough to matter (the gateway was stopped or
  // overloaded); else 0.
  Milliseconds waited{0};
  bool half_closed = false;  // the client's FIN arrived before the request was read
  bool tls = false;          // it came over TLS of ours
  // The kiosk whose certificate, signed by TLS_CLIENT_CA_FILE, the client has shown; empty: none.
  std::string_view certified_kiosk{};
};

struct HttpResponse {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // empty: no Content-Type
  std::string_view extra_fields{};                     // complete lines, each ending in CRLF
  std::string_view body{};
  bool close = false;  // close the connection afterwards
};

// Asked before a body is read, so that the server itself needs to know no paths.
struct BodyPolicy {
  std::size_t bytes_max = 0;
};

// The decision about a request whose body has not arrived yet.
struct Admission {
  std::optional<Fault> refused{};  // sent at once; nothing more is read
  bool known = false;              // the client has shown a key
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Called after the head, before the body.
  virtual BodyPolicy body_policy(const HttpHead& head) = 0;
  // Called when the body is incomplete and would have to be held. `request` has no body and no call yet.
  virtual Admission admit(const HttpRequest&) { return {}; }
  // A client at `peer` speaks TLS to a server without a certificate.
  virtual void on_tls(const PeerAddress&) {}
  // A client's TLS handshake failed: "no shared cipher", in OpenSSL's words.
  virtual void on_tls_failed(const PeerAddress&, std::string_view /*why*/) {}
  // A complete request. Call HttpServer::respond*(call, ...), begin_stream or upgrade exactly once, now or
  // later. For HEAD respond as for GET: the server leaves out the body.
  virtual void on_request(const HttpRequest& request) = 0;
  // The client closed or half-closed while `call` was waiting. `can_write`: it may still be reading
  // (shutdown(SHUT_WR)), so an answer is still worth writing; otherwise the call is over and must not be
  // answered.
  virtual void on_caller_gone(HttpCallId call, bool can_write) = 0;
  // The connection ended before the client's machine had confirmed all of an answer that was given with this
  // receipt, or before the answer was given.
  virtual void on_answer_lost(const RequestId& /*receipt*/) {}
  // Returns the body of the error answer to something that never became a request (bad HTTP, too large, too
  // slow); the server sends it and closes.
  virtual std::string error_body(ErrorCode code, std::string_view message) = 0;
};

class WsHandler {
 public:
  virtual ~WsHandler() = default;
  virtual void on_ws_text(WsId ws, std::string_view text) = 0;
  // A complete binary message. Return false to close the connection with 1003 (unsupported).
  virtual bool on_ws_binary(WsId, std::string_view /*bytes*/) { return false; }
  // Called once for each batch of bytes read from this connection, before what they contain: any byte is a
  // sign of life.
  virtual void on_ws_alive(WsId ws) = 0;
  virtual void on_ws_pong(WsId ws, std::string_view payload) = 0;
  // The pong to a ping that the server itself sent.
  virtual void on_ws_round_trip(WsId, std::chrono::nanoseconds) {}
  // The end, reported exactly once, whatever its cause (our own ws_close included); the id is invalid
  // afterwards.
  virtual void on_ws_closed(WsId ws, std::uint16_t code, std::string_view reason) = 0;
};

struct HttpServerStats {
  std::uint64_t connections = 0;  // open now
  std::uint64_t websockets = 0;   // of them
  std::uint64_t accepted = 0;     // since the start
  std::uint64_t refused = 0;      // beyond the limit
  std::uint64_t sent_away = 0;    // closed to make room, or because they read nothing
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t tls_handshakes = 0;  // that succeeded
  std::uint64_t tls_failures = 0;
  std::uint64_t tls_key_uses = 0;  // steps of handshakes that cost a private-key operation
  std::uint64_t ws_faults = 0;     // connections that we closed for a protocol error
};

class HttpServer {
 public:
  struct Settings {
    std::string host = "::";    // "::" is dual-stack; falls back to 0.0.0.0 without IPv6
    std::uint16_t port = 8000;  // 0: any
    std::size_t connections_max = limits::kConnectionsMax;  // lowered to what RLIMIT_NOFILE allows
    // A WebSocket whose peer does not read is closed beyond this.
    std::size_t unsent_bytes_max = limits::kUnsentBytesMax;
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
    Milliseconds handshake_time = limits::kHandshakeTime;
    std::size_t handshakes_max = limits::kHandshakesMax;
    std::shared_ptr<TlsContext> tls{};  // null: plain HTTP
  };
  HttpServer(Loop& loop, HttpHandler& http, WsHandler& ws);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;

  // Error: a sentence that names the address, says what is wrong (such as a port in use) and what to do.
  Result<void> listen(const Settings& settings);
  std::uint16_t port() const;
  // For connections from now on; the others keep theirs. REQUIRES that the server listens with TLS.
  void set_tls(std::shared_ptr<TlsContext> tls);
  // Closes the listening socket; existing connections continue.
  void stop_listening();

  // Answers a call; ignored if the call is over. The bytes are copied or sent before it returns.
  void respond(HttpCallId call, const HttpResponse& response);
  // The hot path: "HTTP/1.1 200 OK", `extra_fields`, then the shared body, without a copy if it is large.
  // `receipt`: to be named if the answer is lost; zero: nobody asks.
  void respond_shared(HttpCallId call, std::string_view extra_fields, const SharedBytes& body,
                      const RequestId& receipt = {});

  // An answer whose body is the same for everyone and is shared. `response.body` is ignored.
  void respond_fixed(HttpCallId call, const HttpResponse& response, const SharedBytes& body);
  // The call's client has shown a key: it is no longer a stranger.
  void vouch(HttpCallId call);

  // Begins an answer of unknown length: it is written in pieces and ends when the connection closes. Of
  // `head`, status, body and close are ignored. No timeout but write_time applies; a client that stops
  // reading is cut off.
  void begin_stream(HttpCallId call, const HttpResponse& head);
  // Sends the next piece, shared by all recipients. Returns false if the stream is over: the client left, or
  // more than limits::kStreamUnsentBytesMax would be unsent; on_caller_gone is not called then.
  bool stream(HttpCallId call, const SharedBytes& piece);
  // Bytes that the client has not read yet.
  std::size_t stream_backlog(HttpCallId call) const;
  // Ends the stream; does not wait for unsent bytes.
  void end_stream(HttpCallId call);

  // Completes the WebSocket handshake; `accept` is the result of check_upgrade(). Returns none if the client
  // has left. The call may have been held for seconds. Data received after the head belongs to the new
  // connection.
  WsId upgrade(HttpCallId call, std::string_view accept, std::string_view extra_fields = {});

  // Sends a complete encoded frame. Returns false if certainly nothing of it was or will be written: the
  // connection is gone, closing, or would hold more than unsent_bytes_max. True does not promise delivery.
  bool ws_send(WsId ws, std::string_view encoded_frame);
  // The same in two parts: what the frame begins with, and a payload that is shared, so not copied if it is
  // large.
  bool ws_send(WsId ws, std::string_view start, const SharedBytes& payload);
  // Sends a close frame, then ends the TCP connection within close_time; with `now`, without waiting for
  // queued output or an echo. on_ws_closed is called later, from the loop.
  void ws_close(WsId ws, WsClose code, std::string_view reason, bool now = false);

  // Whether kiosks are read now, or wait in line, unread, because too much of what they sent is still held.
  // None is cut off for that.
  void read_kiosks(bool read);

  // How many connections are possible.
  std::size_t connections_max() const;

  // Writes the turn's output. The owner of the loop's end-of-turn hook calls it last.
  void flush();
  // Timers: heads, bodies, keep-alive, writes, pings (every ping_interval; closed if no byte arrives within
  // pong_time).
  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);
  // For the shutdown: closes all connections; all descriptors are closed on return.
  void close_all(WsClose code, std::string_view reason);
  bool has_unsent() const;

  const HttpServerStats& stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
