// HttpConnection: one HTTP/1.1 connection (RFC 9112), a state machine over the server's read buffer.
// Server-internal.
//
//   (handshake ->) idle -> head -> body -> call -> answering -> idle ... -> lingering
//                                            \---> streaming -> (answering ->) lingering
//
// One request at a time: what is pipelined behind it stays in `unparsed_` (or in the kernel, once EPOLLIN is
// disarmed) until the answer is with the kernel, and is handled in a later turn, so that neither memory nor
// the stack grows and nobody else waits. A request that lies completely in the read buffer is not copied.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/connection.hpp"

namespace kgw {

class WsConnection;

class HttpConnection final : public Connection {
 public:
  HttpConnection(ServerCore& core, Socket socket, std::uint32_t slot, PeerAddress peer);

  void on_ready(std::uint32_t events) override;
  Instant due() const override;
  void on_due() override;
  void resume() override;
  Instant idle_since() const override;
  void send_away() override { drop(); }

  // Requires a waiting call (id() != 0).
  void respond(unsigned status, std::string_view content_type, std::string_view extra_fields,
               std::string_view body, bool close);
  void respond_shared(std::string_view extra_fields, const SharedBytes& body);
  // If the connection ends before the client's machine has all of the answer just given, the handler learns so.
  void expect_receipt(const RequestId& receipt) { receipt_ = receipt; }
  void respond_fixed(const HttpResponse& response, const SharedBytes& body);
  WsId upgrade(std::string_view accept, std::string_view extra_fields);
  void begin_stream(std::string_view content_type, std::string_view extra_fields);
  // Requires begin_stream() for the current call. Returns false if the stream is over.
  bool stream(const SharedBytes& piece);
  void end_stream();
  std::size_t backlog() const { return queued_bytes(); }
  // --- for the handshakes of the server: its place in line, and its turn
  std::uint64_t arrival() const { return arrival_; }
  void set_arrival(std::uint64_t arrival) { arrival_ = arrival; }
  void have_room();
  void use_key();
  // Closes the connection and, if a call is waiting, reports that to the handler.
  void drop();

 private:
  enum class State : std::uint8_t { handshake, idle, head, body, call, answering, streaming, lingering };
  struct Chunked {
    explicit Chunked(std::size_t bytes_max) : decoder(bytes_max) {}
    ChunkedBody decoder;
    std::string head;
    std::string body;
  };

  void on_written() override;
  bool is_delivered() const;
  std::uint32_t interest() const override;
  bool reading() const { return !resuming() && (state_ <= State::body || state_ == State::lingering); }
  // Whether the handler must learn of the client's leaving.
  bool waits() const { return state_ == State::call || state_ == State::streaming; }

  // The handshake; see net/http_greeting.cpp.
  void on_greeting_ready(std::uint32_t events);
  void greet(bool may_use_key);
  void wait_in_line(bool for_key);
  void leave_line();
  void end_greeting();
  void refuse_plain();

  void read();
  void pause(std::uint32_t events);
  void take_from_rest();
  // Handles at most one request at the front of `bytes`; returns how many bytes are consumed.
  std::size_t take(std::string_view bytes);
  bool begin_message(std::size_t bytes_here);
  bool admit_body();
  std::size_t take_message(std::string_view bytes);
  std::size_t take_body(std::string_view bytes);
  std::size_t take_chunks(std::string_view bytes);
  void dispatch(std::string_view body);
  Milliseconds waited() const;
  void fail(ErrorCode code, std::string_view message);
  void append_head(std::string& out, unsigned status, std::string_view content_type,
                   std::string_view extra_fields, std::optional<std::size_t> body_bytes);
  void enter(State state);
  void linger();
  void discard();
  void keep(std::string_view rest);
  void release_rest();
  void account();
  void shed_if_too_much();

  const PeerAddress peer_;
  std::string certified_kiosk_;  // by the certificate that the client has shown
  State state_;
  enum class Greets : std::uint8_t { not_begun, begun, in_line } greets_ = Greets::not_begun;
  bool greeting_writes_ = false;  // the handshake waits until the kernel accepts more
  bool fresh_ = true;             // no request yet
  bool paused_ = false;           // EPOLLIN is not watched
  bool half_closed_ = false;      // the peer sent its FIN; EPOLLRDHUP is no longer watched
  bool fin_seen_ = false;         // possibly not acted upon yet
  bool close_after_ = false;
  bool http_1_0_ = false;
  bool head_only_ = false;  // HEAD
  bool dispatching_ = false;
  std::uint64_t arrival_ = 0;  // in a line of Handshakes
  std::uint32_t head_bytes_ = 0;
  std::uint32_t discarded_ = 0;
  std::size_t searched_ = 0;
  std::size_t message_bytes_ = 0;  // head and body
  Instant since_;                  // when this state began
  std::string unparsed_;
  std::size_t parsed_ = 0;  // of unparsed_
  std::unique_ptr<Chunked> chunked_;
  RequestId receipt_{};  // of the last answer; zero: nobody asks, or the client has gone on to the next request
  WsConnection* successor_ = nullptr;  // the WebSocket after an upgrade
};

}  // namespace kgw
