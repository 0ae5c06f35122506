#include "net/http_connection.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "base/check.hpp"
#include "net/ws_connection.hpp"

namespace kgw {
namespace {

constexpr std::size_t kCopiedBodyMax = 4096;                // a larger body is written from where it lies
constexpr std::size_t kDiscardBytesMax = 32 * 1024 * 1024;  // of a client that sends on after an error
constexpr char kTlsHandshake = 0x16;                        // the first byte of a TLS connection (RFC 8446 5.1)
constexpr Milliseconds kWaitMin{100};                       // in a socket: less is nothing unusual

void append_number(std::string& out, std::size_t value) {
  char text[24];
  out.append(text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, value).ptr - text));
}

}  // namespace

HttpConnection::HttpConnection(ServerCore& core, Socket socket, std::uint32_t slot, PeerAddress peer)
    : Connection(core, std::move(socket), slot),
      peer_(std::move(peer)),
      state_(core.tls ? State::handshake : State::idle),
      since_(core.patience()) {
  core_.visitors.arrive(*this, peer_.text);
}

// ---------------------------------------------------------------- events

std::uint32_t HttpConnection::interest() const {
  return (paused_ ? 0U : EPOLLIN) | (half_closed_ ? 0U : EPOLLRDHUP) | (greeting_writes_ ? EPOLLOUT : 0U);
}

void HttpConnection::on_ready(std::uint32_t events) {
  if (gone()) return;
  if (events & (EPOLLERR | EPOLLHUP)) return drop();
  if (state_ == State::handshake) [[unlikely]]
    return on_greeting_ready(events);
  if (events & EPOLLOUT) write_unsent();
  if (events & EPOLLRDHUP) fin_seen_ = true;
  if (fresh_ && (events & EPOLLIN) && !core_.admit_newcomer()) {  // the next turn reports it again
    if (state_ == State::idle) since_ = core_.patience();         // it did its part
    return;
  }
  if ((events & EPOLLIN) && reading()) {
    if (state_ == State::lingering) return discard();
    read();
    events &= ~std::uint32_t{EPOLLIN};  // what is still there is looked at in the next turn
  }
  if (!gone() && !reading() && (events & (EPOLLIN | EPOLLRDHUP))) pause(events);
}

// Something came while nobody wants it: more bytes, or the peer's FIN.
void HttpConnection::pause(std::uint32_t events) {
  const bool closed_now = (events & EPOLLRDHUP) != 0 && !half_closed_;
  paused_ = true;
  half_closed_ = half_closed_ || closed_now;
  update_interest();
  if (!closed_now) return;
  if (state_ == State::streaming) return drop();  // who reads a stream does not close its side
  if (state_ == State::call) core_.http.on_caller_gone(HttpCallId{id_}, true);
}

void HttpConnection::drop() {
  const HttpCallId call{id_};
  const bool told = waits();
  const RequestId lost = receipt_ && !is_delivered() ? receipt_ : RequestId{};
  if (state_ == State::handshake) leave_line();
  release_rest();
  end();
  if (told) core_.http.on_caller_gone(call, false);
  if (lost) core_.http.on_answer_lost(lost);
}

// What the kernel has not accepted, or the client's has not confirmed. A FIN of ours counts as a byte.
bool HttpConnection::is_delivered() const {
  if (core_.ending) return true;
  int unconfirmed = 0;
  if (queued_bytes() > 0 || ioctl(socket_.fd(), SIOCOUTQ, &unconfirmed) != 0) return false;
  return unconfirmed <= (state_ == State::lingering ? socket_.farewell_bytes() : 0);
}

void HttpConnection::read() {
  const long got = receive();
  if (socket_.is_tls()) [[unlikely]]
    account();
  if (got == kNothing) return shed_if_too_much();
  if (got < 0) return drop();
  const std::string_view bytes(core_.read_buffer.get(), static_cast<std::size_t>(got));
  if (fresh_ && state_ == State::idle && bytes.front() == kTlsHandshake && !socket_.is_tls()) {
    core_.http.on_tls(peer_);
    return drop();  // no answer of ours could be read
  }
  if (!unparsed_.empty()) {
    keep(bytes);
    take_from_rest();
    return shed_if_too_much();
  }
  const std::size_t used = take(bytes);
  if (successor_ != nullptr) successor_->adopt(bytes.substr(used));
  else if (!gone() && used < bytes.size() && !close_after_) keep(bytes.substr(used));
  shed_if_too_much();
}

// What has arrived of it is more than there may be of such.
void HttpConnection::shed_if_too_much() {
  if (gone() || successor_ != nullptr || state_ > State::body || !core_.visitors.holds_too_much(visit)) return;
  fail(ErrorCode::overloaded, {});
  release_rest();
}

void HttpConnection::take_from_rest() {
  parsed_ += take(std::string_view(unparsed_).substr(parsed_));
  if (successor_ != nullptr) return successor_->adopt(std::string_view(unparsed_).substr(parsed_));
  if (gone()) return;
  if (parsed_ == unparsed_.size() || close_after_) {
    release_rest();
  } else if (parsed_ > unparsed_.size() / 2) {
    unparsed_.erase(0, parsed_);
    parsed_ = 0;
  }
}

void HttpConnection::resume() {
  if (gone() || state_ != State::idle) return;
  take_from_rest();
  if (gone() || !reading()) return;
  paused_ = false;
  update_interest();
}

// ---------------------------------------------------------------- requests

void HttpConnection::keep(std::string_view rest) {
  // Grows as the bytes come, not as the client announces them; once a quarter is there, in one step.
  const std::size_t whole = parsed_ + message_bytes_;
  const std::size_t size = unparsed_.size() + rest.size();
  if (state_ == State::body && whole > size && size > whole / 4) unparsed_.reserve(whole);
  unparsed_.append(rest);
  account();
}

void HttpConnection::release_rest() {
  std::string().swap(unparsed_);
  parsed_ = 0;
  account();
}

void HttpConnection::account() {
  const std::size_t chunked = chunked_ ? chunked_->head.size() + chunked_->body.size() : 0;
  core_.visitors.hold(visit, unparsed_.size() + chunked + socket_.held_bytes());
}

void HttpConnection::enter(State state) {
  state_ = state;
  since_ = core_.patience();
  touch_deadline();
}

std::size_t HttpConnection::take(std::string_view bytes) {
  if (state_ == State::body) return chunked_ ? take_chunks(bytes) : take_body(bytes);
  std::size_t used = 0;
  if (searched_ == 0)  // empty lines in front of a request (RFC 9112 2.2)
    while (bytes.substr(used).starts_with("\r\n")) used += 2;
  const std::string_view rest = bytes.substr(used);
  if (rest.empty() || rest == "\r") return used;
  const std::size_t head_bytes = find_head_end(rest, searched_);
  if (head_bytes > limits::kHeadBytesMax || (head_bytes == 0 && rest.size() >= limits::kHeadBytesMax)) {
    fail(ErrorCode::headers_too_large, {});
    return used;
  }
  if (head_bytes == 0) {
    const Instant since = since_;
    if (state_ == State::idle) enter(State::head);
    if (fresh_) since_ = since;
    return used;
  }
  head_bytes_ = static_cast<std::uint32_t>(head_bytes);
  searched_ = 0;
  const Result<void> parsed = parse_http_head(rest.substr(0, head_bytes), core_.head);
  if (!parsed) fail(parsed.error().code, parsed.error().message);
  else if (begin_message(rest.size())) return used + take_message(rest);
  return used;
}

// Looks at the head before the body is read. False: it was refused.
bool HttpConnection::begin_message(std::size_t bytes_here) {
  const HttpHead& head = core_.head;
  message_bytes_ = head_bytes_;
  head_only_ = head.method == "HEAD";
  http_1_0_ = head.http_1_0;
  const std::uint64_t announced = head.content_length.value_or(0);
  if (!head.chunked && announced == 0) return true;
  const std::size_t bytes_max = core_.http.body_policy(head).bytes_max;
  if (announced > bytes_max) {
    fail(ErrorCode::payload_too_large, {});
    return false;
  }
  message_bytes_ += static_cast<std::size_t>(announced);
  if (!head.chunked && bytes_here >= message_bytes_) return true;
  if (!admit_body()) return false;
  if (head.chunked) chunked_ = std::make_unique<Chunked>(bytes_max);
  if (head.expect_continue && !head.http_1_0 && bytes_here == head_bytes_)
    queue("HTTP/1.1 100 Continue\r\n\r\n");
  enter(State::body);
  return true;
}

// The body has still to come: who may not send it is told so before we hold any of it.
bool HttpConnection::admit_body() {
  const Admission admission = core_.http.admit({HttpCallId::none, core_.head, {}, peer_});
  if (admission.known) vouch();
  if (!admission.refused) return true;
  fail(admission.refused->code, admission.refused->message);
  return false;
}

// `bytes` starts with a head that core_.head holds.
std::size_t HttpConnection::take_message(std::string_view bytes) {
  if (chunked_) {
    chunked_->head = bytes.substr(0, head_bytes_);
    return head_bytes_ + take_chunks(bytes.substr(head_bytes_));
  }
  if (state_ == State::body) return 0;  // head and body are parsed where they will lie together
  dispatch(bytes.substr(head_bytes_, message_bytes_ - head_bytes_));
  return message_bytes_;
}

std::size_t HttpConnection::take_body(std::string_view bytes) {
  if (bytes.size() < message_bytes_) return 0;
  KGW_CHECK(parse_http_head(bytes.substr(0, head_bytes_), core_.head).has_value());
  dispatch(bytes.substr(head_bytes_, message_bytes_ - head_bytes_));
  return message_bytes_;
}

std::size_t HttpConnection::take_chunks(std::string_view bytes) {
  std::size_t used = 0;
  const auto step = chunked_->decoder.feed(bytes, chunked_->body, used);
  account();
  if (!step) {
    fail(step.error().code, step.error().message);
  } else if (*step == ChunkedBody::Step::done) {
    const std::unique_ptr<Chunked> message = std::move(chunked_);
    account();
    KGW_CHECK(parse_http_head(message->head, core_.head).has_value());
    dispatch(message->body);
  }
  return used;
}

// Since its last byte came, as the kernel knows it. Only asked where the loop can't know better: a first
// request may have come long before its connection was accepted.
Milliseconds HttpConnection::waited() const {
  if (!fresh_ && core_.loop.unheard() < kWaitMin) return Milliseconds(0);
  tcp_info about{};
  socklen_t size = sizeof about;
  if (getsockopt(socket_.fd(), IPPROTO_TCP, TCP_INFO, &about, &size) != 0) return Milliseconds(0);
  const Milliseconds age(about.tcpi_last_data_recv);
  return age < kWaitMin ? Milliseconds(0) : age;
}

void HttpConnection::dispatch(std::string_view body) {
  const HttpHead& head = core_.head;
  const Milliseconds age = waited();
  id_ = core_.next_id(slot());
  fresh_ = false;
  receipt_ = {};
  close_after_ = !head.keep_alive;
  http_1_0_ = head.http_1_0;
  head_only_ = head.method == "HEAD";
  enter(State::call);
  const HttpCallId call{id_};
  dispatching_ = true;
  try {
    core_.http.on_request({call, head, body, peer_, age, fin_seen_, socket_.is_tls(), certified_kiosk_});
  } catch (const std::exception&) {
    if (state_ == State::streaming) drop();
    else if (id_ != 0) fail(ErrorCode::internal_error, {});
  }
  dispatching_ = false;
  if (!half_closed_ || id_ == 0) return;
  if (state_ == State::streaming) drop();
  else core_.http.on_caller_gone(call, true);
}

// ---------------------------------------------------------------- answers

void HttpConnection::append_head(std::string& out, unsigned status, std::string_view content_type,
                                 std::string_view extra_fields, std::optional<std::size_t> body_bytes) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
  } else {
    out.append("HTTP/1.1 ");
    append_number(out, status);
    out.append(" ").append(http_reason(status)).append("\r\n");
  }
  out.append(core_.date_field());
  if (!content_type.empty()) out.append("Content-Type: ").append(content_type).append("\r\n");
  if (body_bytes && status >= 200 && status != 204 && status != 304) {
    out.append("Content-Length: ");
    append_number(out, *body_bytes);
    out.append("\r\n");
  }
  if (close_after_) out.append("Connection: close\r\n");
  else if (http_1_0_) out.append("Connection: keep-alive\r\n");
  out.append(extra_fields).append("\r\n");
}

void HttpConnection::respond(unsigned status, std::string_view content_type, std::string_view extra_fields,
                             std::string_view body, bool close) {
  close_after_ = close_after_ || close;
  std::string& out = core_.output.text;
  const std::size_t start = out.size();
  append_head(out, status, content_type, extra_fields, body.size());
  const bool has_body = !head_only_ && status != 204;
  if (has_body && body.size() <= kCopiedBodyMax) out.append(body);
  queue_text_from(start);
  if (has_body && body.size() > kCopiedBodyMax) queue(share(std::string(body)), 0);
  id_ = 0;
  enter(State::answering);
}

void HttpConnection::respond_shared(std::string_view extra_fields, const SharedBytes& body) {
  constexpr std::string_view kJson = "application/json";
  if (head_only_ || view(body).size() <= kCopiedBodyMax)
    return respond(200, kJson, extra_fields, view(body), false);
  std::string& out = core_.output.text;
  const std::size_t start = out.size();
  append_head(out, 200, kJson, extra_fields, body->size());
  queue_text_from(start);
  queue(body, 0);
  id_ = 0;
  enter(State::answering);
}

void HttpConnection::respond_fixed(const HttpResponse& response, const SharedBytes& body) {
  std::string& out = core_.output.text;
  const std::size_t start = out.size();
  append_head(out, response.status, response.content_type, response.extra_fields, body->size());
  queue_text_from(start);
  if (!head_only_) queue(body, 0, false);
  id_ = 0;
  enter(State::answering);
}

void HttpConnection::begin_stream(std::string_view content_type, std::string_view extra_fields) {
  close_after_ = true;
  std::string& out = core_.output.text;
  const std::size_t start = out.size();
  append_head(out, 200, content_type, extra_fields, std::nullopt);
  queue_text_from(start);
  enter(State::streaming);
}

bool HttpConnection::stream(const SharedBytes& piece) {
  if (queued_bytes() + piece->size() > limits::kStreamUnsentBytesMax) {
    end();
    return false;
  }
  queue(piece, 0, false);
  touch_deadline();
  return true;
}

void HttpConnection::end_stream() {
  id_ = 0;
  if (unsent_) return end();
  if (!has_unsent()) return linger();
  enter(State::answering);
}

// Ends the connection with an error of ours, at whatever state the request is in.
void HttpConnection::fail(ErrorCode code, std::string_view message) {
  const ErrorInfo& about = info(code);
  ++core_.stats.bad_requests;
  chunked_.reset();
  std::string extra;
  if (code == ErrorCode::unauthorized) extra = "WWW-Authenticate: Bearer\r\n";
  if (about.retry_after_seconds > 0) {
    extra += "Retry-After: ";
    append_number(extra, about.retry_after_seconds);
    extra += "\r\n";
  }
  respond(about.http_status, "application/json", extra,
          core_.http.error_body(code, message.empty() ? about.sentence : message), true);
}

void HttpConnection::on_written() {
  if (state_ != State::answering) return;
  if (close_after_) return linger();
  enter(State::idle);
  if (!unparsed_.empty()) {
    resume_later();
  } else if (paused_) {
    paused_ = false;
    update_interest();
  }
}

// Closing with unread bytes would send a RST that may destroy the answer on its way: so end our side and read
// on for a while (RFC 9112 9.6).
void HttpConnection::linger() {
  socket_.end_writing();
  release_rest();
  enter(State::lingering);
  paused_ = false;
  update_interest();
}

void HttpConnection::discard() {
  const long got = socket_.discard(core_.read_buffer.get(), limits::kReadBufferBytes);
  if (got == kNothing) return;
  if (got > 0) discarded_ += static_cast<std::uint32_t>(got);
  if (got < 0 || discarded_ > kDiscardBytesMax) drop();
}

WsId HttpConnection::upgrade(std::string_view accept, std::string_view extra_fields) {
  std::string& out = core_.output.text;
  const std::size_t start = out.size();
  out.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
  out.append("Sec-WebSocket-Accept: ").append(accept).append("\r\n").append(extra_fields).append("\r\n");
  queue_text_from(start);
  auto next = std::make_unique<WsConnection>(core_, slot());
  WsConnection& ws = *next;
  successor_ = &ws;
  id_ = 0;
  vouch();
  ws.take_over(*this);
  core_.graveyard.push_back(std::exchange(core_.slots[slot()], std::move(next)));
  if (!dispatching_) ws.adopt(std::string_view(unparsed_).substr(parsed_));
  return WsId{ws.id()};
}

// ---------------------------------------------------------------- time

// An answer that is being written is owed; one that is not taken is owed no longer than others are.
Instant HttpConnection::idle_since() const {
  if (waits() || dispatching_) return kNever;
  if (state_ == State::answering) return progress();
  return since_;
}

Instant HttpConnection::due() const {
  const HttpServer::Settings& settings = core_.settings;
  switch (state_) {
    case State::handshake: return greets_ == Greets::in_line ? kNever : since_ + settings.handshake_time;
    case State::idle: return since_ + (fresh_ ? settings.head_time : settings.keep_alive_time);
    case State::head: return since_ + settings.head_time;
    case State::body: return since_ + settings.body_time;
    case State::call: return kNever;
    case State::answering:
    case State::streaming: return unsent_ ? unsent_->progress + settings.write_time : kNever;
    case State::lingering: return since_ + settings.close_time;
  }
  return kNever;
}

void HttpConnection::on_due() {
  if (state_ != State::head && state_ != State::body) return drop();
  fail(ErrorCode::request_timeout, {});
  release_rest();
}

}  // namespace kgw
