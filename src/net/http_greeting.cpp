// How a connection to a TLS port begins: its handshake, within the bounds of net/handshakes, or an answer to
// who speaks plain HTTP there. Implements net/http_connection.hpp.
#include <sys/epoll.h>

#include <string>

#include "net/http_connection.hpp"

namespace kgw {

void HttpConnection::on_greeting_ready(std::uint32_t events) {
  if (greets_ == Greets::in_line) {  // it is not read now; all that can come is its end
    if (events & EPOLLRDHUP) drop();
    return;
  }
  if (!core_.admit_newcomer()) {  // the next turn reports it again
    since_ = core_.patience();
    return;
  }
  greet(false);
}

void HttpConnection::greet(bool may_use_key) {
  if (greets_ == Greets::not_begun) {
    switch (socket_.first_byte()) {
      case Socket::First::nothing: return;
      case Socket::First::closed: return drop();
      case Socket::First::plain: return refuse_plain();
      case Socket::First::tls: break;
    }
    if (!core_.handshakes.begin(visit.network->name)) return wait_in_line(false);
    greets_ = Greets::begun;
  }
  if (!socket_.is_tls()) {
    core_.tls->rotate_ticket_keys(core_.loop.now().steady);
    socket_.begin_tls(core_.tls);
  }
  const Socket::Greeting step = socket_.greet(may_use_key);
  if (step == Socket::Greeting::key) return wait_in_line(true);
  if (step == Socket::Greeting::done) return end_greeting();
  if (step == Socket::Greeting::failed) {
    ++core_.stats.tls_failures;
    if (const std::string why = socket_.failure(); !why.empty()) core_.http.on_tls_failed(peer_, why);
    return drop();
  }
  greeting_writes_ = step == Socket::Greeting::writes;
  paused_ = greeting_writes_;
  update_interest();
}

// Not read until its turn comes, and not timed: it is we who let it wait.
void HttpConnection::wait_in_line(bool for_key) {
  greets_ = Greets::in_line;
  if (for_key) core_.handshakes.wait_for_key(*this);
  else core_.handshakes.wait_for_room(*this, visit.network->name);
  greeting_writes_ = false;
  paused_ = true;
  update_interest();
}

void HttpConnection::have_room() {
  greets_ = Greets::begun;
  paused_ = false;
  update_interest();
  enter(State::handshake);
}

void HttpConnection::use_key() {
  have_room();
  ++core_.stats.tls_key_uses;
  greet(true);
}

// It ends before its handshake did.
void HttpConnection::leave_line() {
  const bool has_place = greets_ == Greets::begun || socket_.is_tls();
  if (greets_ == Greets::in_line) core_.handshakes.leave(*this, visit.network->name);
  if (has_place) core_.handshakes.end(visit.network->name);
}

void HttpConnection::end_greeting() {
  core_.handshakes.end(visit.network->name);
  ++core_.stats.tls_handshakes;
  certified_kiosk_ = socket_.certified_kiosk();
  greeting_writes_ = paused_ = false;
  update_interest();
  enter(State::idle);
}

// Nothing was read, so the connection is a plain one still.
void HttpConnection::refuse_plain() {
  ++core_.stats.bad_requests;
  respond(
      400, "text/plain; charset=utf-8", {},
      "This port speaks TLS only, and plain HTTP arrived. Use https:// instead of http://, and wss:// instead "
      "of ws://, with the same host and port.\n",
      true);
}

}  // namespace kgw
