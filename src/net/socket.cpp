#include "net/socket.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "base/limits.hpp"
#include "net/kiosk_certificate.hpp"
#include "net/tls_context.hpp"

namespace kgw {
namespace {

constexpr unsigned char kHandshakeRecord = 0x16;  // RFC 8446 5.1
constexpr std::size_t kRecordMax = 16 * 1024;
static_assert(Socket::kReceiveMin >= kRecordMax, "a record is read whole, so that none of it stays in OpenSSL");

// The first bytes of several parts, as one text: of `size`, gathered in `room` if they lie in more than one.
class Parts {
 public:
  Parts(const iovec* parts, std::size_t count) : part_(parts), end_(parts + count) { skip_empty(); }
  bool empty() const { return part_ == end_; }
  std::pair<const char*, std::size_t> front(std::array<char, kRecordMax>& room) const {
    const char* const here = static_cast<const char*>(part_->iov_base) + offset_;
    const std::size_t size = part_->iov_len - offset_;
    if (size >= kRecordMax || part_ + 1 == end_) return {here, std::min(size, kRecordMax)};
    std::memcpy(room.data(), here, size);
    std::size_t gathered = size;
    for (const iovec* next = part_ + 1; next != end_ && gathered < kRecordMax; ++next) {
      const std::size_t some = std::min(next->iov_len, kRecordMax - gathered);
      if (some > 0) std::memcpy(room.data() + gathered, next->iov_base, some);
      gathered += some;
    }
    return {room.data(), gathered};
  }
  void drop(std::size_t size) {
    while (size > 0) {
      const std::size_t some = std::min(size, part_->iov_len - offset_);
      offset_ += some;
      size -= some;
      skip_empty();
    }
  }

 private:
  void skip_empty() {
    while (part_ != end_ && part_->iov_len == offset_) {
      ++part_;
      offset_ = 0;
    }
  }
  const iovec* part_;
  const iovec* const end_;
  std::size_t offset_ = 0;
};

}  // namespace

struct Socket::Tls {
  std::shared_ptr<TlsContext> context;  // its callbacks are used until the end
  ssl_st* ssl = nullptr;
  bool greeted = false;
  bool may_use_key = false;
  bool broken = false;    // OpenSSL must not be asked again
  int goodbye_bytes = 0;  // of our close_notify
  unsigned long error = 0;
};

void Socket::TlsDelete::operator()(Tls* tls) const {
  SSL_free(tls->ssl);
  delete tls;
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), tls_(std::move(other.tls_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  tls_ = std::move(other.tls_);
  return *this;
}

void Socket::close() {
  if (fd_ < 0) return;
  if (tls_) say_goodbye();
  tls_.reset();
  ::close(std::exchange(fd_, -1));
}

void Socket::end_writing() {
  if (tls_) say_goodbye();
  shutdown(fd_, SHUT_WR);
}

int Socket::farewell_bytes() const { return 1 + (tls_ ? tls_->goodbye_bytes : 0); }

// A kernel that can't take these few bytes now gets no second chance: the peer knows from the lengths in what
// it has read whether that was all.
void Socket::say_goodbye() {
  if (!tls_->greeted || tls_->broken || (SSL_get_shutdown(tls_->ssl) & SSL_SENT_SHUTDOWN) != 0) return;
  const auto before = BIO_number_written(SSL_get_wbio(tls_->ssl));
  ERR_clear_error();
  SSL_shutdown(tls_->ssl);
  ERR_clear_error();
  tls_->goodbye_bytes = static_cast<int>(BIO_number_written(SSL_get_wbio(tls_->ssl)) - before);
}

// From now on the poller reports EPOLLHUP, as it does of a connection that the kernel calls broken.
void Socket::break_off() {
  tls_->broken = true;
  shutdown(fd_, SHUT_RDWR);
}

// OpenSSL reads records whole, so the start of one has a buffer.
std::size_t Socket::held_bytes() const {
  return tls_ && SSL_has_pending(tls_->ssl) == 1 ? kRecordMax + 512 : 0;
}

Socket::First Socket::first_byte() const {
  unsigned char first = 0;
  const ssize_t got = ::recv(fd_, &first, 1, MSG_PEEK);
  if (got > 0) return first == kHandshakeRecord ? First::tls : First::plain;
  if (got == 0) return First::closed;
  return errno == EAGAIN || errno == EINTR ? First::nothing : First::closed;
}

void Socket::begin_tls(std::shared_ptr<TlsContext> context) {
  tls_.reset(new Tls);
  tls_->context = std::move(context);
  tls_->ssl = SSL_new(tls_->context->openssl());
  if (tls_->ssl == nullptr || SSL_set_fd(tls_->ssl, fd_) != 1) throw std::bad_alloc();
  SSL_set_ex_data(tls_->ssl, 0, tls_.get());
  SSL_set_accept_state(tls_->ssl);
}

bool Socket::may_use_key(ssl_st* ssl) { return static_cast<const Tls*>(SSL_get_ex_data(ssl, 0))->may_use_key; }

Socket::Greeting Socket::greet(bool may_use_key) {
  tls_->may_use_key = tls_->may_use_key || may_use_key;
  ERR_clear_error();
  const int done = SSL_do_handshake(tls_->ssl);
  if (done == 1) {
    tls_->greeted = true;
    return Greeting::done;
  }
  switch (SSL_get_error(tls_->ssl, done)) {
    case SSL_ERROR_WANT_READ: return Greeting::reads;
    case SSL_ERROR_WANT_WRITE: return Greeting::writes;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB: return Greeting::key;
    default: break;
  }
  tls_->broken = true;
  tls_->error = ERR_peek_last_error();  // the handshake's own: those before it are of what it called
  ERR_clear_error();
  return Greeting::failed;
}

std::string Socket::certified_kiosk() const {
  const X509* const shown = tls_ ? SSL_get0_peer_certificate(tls_->ssl) : nullptr;
  if (shown == nullptr || SSL_get_verify_result(tls_->ssl) != X509_V_OK) return {};
  return kiosk_in_certificate(shown);
}

std::string Socket::failure() const {
  const char* const reason = tls_ && tls_->error != 0 ? ERR_reason_error_string(tls_->error) : nullptr;
  return reason != nullptr ? reason : "";
}

// A short record is most likely the last one that is here: asking for another costs a system call.
long Socket::receive_tls(char* into, std::size_t size) {
  std::size_t got = 0;
  while (!tls_->broken && size - got >= kRecordMax) {
    std::size_t some = 0;
    ERR_clear_error();
    if (SSL_read_ex(tls_->ssl, into + got, size - got, &some) == 1) {
      got += some;
      if (some < kRecordMax) break;
      continue;
    }
    const int error = SSL_get_error(tls_->ssl, 0);
    if (error == SSL_ERROR_WANT_READ) break;
    if (error == SSL_ERROR_ZERO_RETURN) {
      shutdown(fd_, SHUT_RD);  // the poller reports it like a FIN
      if (got == 0) return kClosed;
      break;
    }
    // WANT_WRITE is one of these: the peer asks for new keys and does not read our reply, which would have the
    // loop spin.
    break_off();
  }
  if (got > 0) return static_cast<long>(got);
  return tls_->broken ? kBroken : kNothing;
}

// OpenSSL may have sent a part of a record whose bytes it calls unsent; then it wants the same bytes again, as
// many or more (SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER). So each call offers as much as fits a record.
long Socket::send_tls(const iovec* parts, std::size_t count) {
  if (tls_->broken) return -1;
  std::array<char, kRecordMax> room;
  Parts rest(parts, count);
  std::size_t sent = 0;
  while (!rest.empty() && sent < limits::kTlsSendBytesMax) {
    const auto [bytes, size] = rest.front(room);
    std::size_t some = 0;
    ERR_clear_error();
    if (SSL_write_ex(tls_->ssl, bytes, size, &some) != 1) {
      const int error = SSL_get_error(tls_->ssl, 0);
      if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) break;
      break_off();
      return -1;
    }
    sent += some;
    rest.drop(some);
  }
  return static_cast<long>(sent);
}

}  // namespace kgw
