// Socket: a non-blocking TCP connection of the server, plain or TLS: the one place that knows which. Owns the
// descriptor. Loop thread only. With a level-triggered poller in mind: nothing that was received is ever left
// in here, so whatever is unread is in the kernel, which reports it.
//
// A close_notify (RFC 8446 6.1) has the effect of a FIN: the poller reports EPOLLRDHUP from then on.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>

struct ssl_st;

namespace kgw {

class TlsContext;

class Socket {
 public:
  // Results of receive() and discard() that are not a number of bytes: try later, closed by the peer, broken.
  static constexpr long kNothing = 0, kClosed = -1, kBroken = -2;
  static constexpr std::size_t kReceiveMin = 16 * 1024;  // a TLS record (RFC 8446 5.1)

  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  bool is_tls() const { return tls_ != nullptr; }
  // Says goodbye if it can do so at once, and closes the descriptor.
  void close();

  // Reads what is there, up to `size` bytes or what one turn allows. REQUIRES size >= kReceiveMin.
  long receive(char* into, std::size_t size) {
    if (tls_) [[unlikely]]
      return receive_tls(into, size);
    return receive_raw(into, size);
  }
  // Writes what the kernel accepts. Returns how many bytes of the parts are done with, or -1 if the connection
  // is broken. What was not accepted must come again, at the front of the next call.
  long send(const iovec* parts, std::size_t count) {
    if (tls_) [[unlikely]]
      return send_tls(parts, count);
    ssize_t sent = 0;
    if (count == 1) {  // a little cheaper than sendmsg
      sent = ::send(fd_, parts->iov_base, parts->iov_len, MSG_NOSIGNAL);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(parts);
      message.msg_iovlen = count;
      sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    }
    if (sent < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return sent;
  }
  // Ends our side: nothing is written after this. Reading goes on with discard() only.
  void end_writing();
  // How many bytes, sequence numbers counted, end_writing() put behind the output.
  int farewell_bytes() const;
  // Bytes that TLS holds of what is still incomplete.
  std::size_t held_bytes() const;
  // Reads what nobody wants, as it is on the wire.
  long discard(char* into, std::size_t size) const { return receive_raw(into, size); }

  // --- the beginning of a connection to a TLS port
  enum class First { nothing, tls, plain, closed };
  // Looks at the first byte without reading it. `plain`: it begins no TLS handshake.
  First first_byte() const;
  // REQUIRES a plain socket, nothing of which was read.
  void begin_tls(std::shared_ptr<TlsContext> context);
  enum class Greeting { done, reads, writes, key, failed };
  // Goes on with the handshake. `key`: the next step costs a private-key operation; call again with
  // `may_use_key`. REQUIRES begin_tls().
  Greeting greet(bool may_use_key);
  // The kiosk whose certificate the client has shown, as kiosk_in_certificate() has it; empty: none.
  std::string certified_kiosk() const;
  // Why the handshake failed, in OpenSSL's words; empty if the peer just left.
  std::string failure() const;

  // For TlsContext.
  static bool may_use_key(ssl_st* ssl);

 private:
  struct Tls;
  struct TlsDelete {
    void operator()(Tls* tls) const;
  };

  long receive_raw(char* into, std::size_t size) const {
    const ssize_t got = ::recv(fd_, into, size, 0);
    if (got > 0) return got;
    if (got == 0) return kClosed;
    return errno == EAGAIN || errno == EINTR ? kNothing : kBroken;
  }
  long receive_tls(char* into, std::size_t size);
  long send_tls(const iovec* parts, std::size_t count);
  void say_goodbye();
  void break_off();

  int fd_ = -1;
  std::unique_ptr<Tls, TlsDelete> tls_;  // null: plain
};

}  // namespace kgw
