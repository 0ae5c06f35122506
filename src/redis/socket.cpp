#include "redis/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <future>
#include <thread>
#include <utility>

namespace kgw::redis {
namespace {

using std::chrono::steady_clock;

struct AddressesDelete {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
struct SslDelete {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

using Addresses = std::unique_ptr<addrinfo, AddressesDelete>;

Fault unreachable(const std::string& why) { return Fault{ErrorCode::store_unavailable, why}; }

std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the TLS handshake failed";
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

}  // namespace

struct Socket::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    ssl.reset();
    if (fd >= 0) ::close(fd);
  }

  // Waits until the socket is ready for `events`; a Fault at the deadline.
  Result<void> wait(short events, Deadline deadline) const {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
      if (left.count() <= 0) return unreachable("it does not answer in time");
      pollfd waiting{fd, events, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return unreachable(std::strerror(errno));
    }
  }
  // Waits for what OpenSSL needs after a call that did not complete; a Fault if it needs nothing.
  Result<void> wait_for_ssl(int result, Deadline deadline) const {
    switch (SSL_get_error(ssl.get(), result)) {
      case SSL_ERROR_WANT_READ: return wait(POLLIN, deadline);
      case SSL_ERROR_WANT_WRITE: return wait(POLLOUT, deadline);
      case SSL_ERROR_ZERO_RETURN: return unreachable("it closed the connection");
      default: break;
    }
    const long verified = SSL_get_verify_result(ssl.get());
    if (verified != X509_V_OK)
      return unreachable(std::string("its certificate is not trusted: ") +
                         X509_verify_cert_error_string(verified) +
                         "; if it was issued by your own CA, give that CA's certificate in REDIS_CA_FILE");
    return unreachable(openssl_error());
  }

  Result<void> connect(const addrinfo& to, Deadline deadline);
  Result<void> begin_tls(const std::string& host, const std::string& ca_file, Deadline deadline);

  int fd = -1;
  std::unique_ptr<SSL_CTX, SslDelete> context;
  std::unique_ptr<SSL, SslDelete> ssl;
};

Result<void> Socket::Impl::connect(const addrinfo& to, Deadline deadline) {
  fd = ::socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to.ai_protocol);
  if (fd < 0) return unreachable(std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(fd, to.ai_addr, to.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return unreachable(std::strerror(errno));
  if (auto ready = wait(POLLOUT, deadline); !ready) return ready;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return unreachable(std::strerror(error));
  return {};
}

Result<void> Socket::Impl::begin_tls(const std::string& host, const std::string& ca_file, Deadline deadline) {
  context.reset(SSL_CTX_new(TLS_client_method()));
  if (!context) return unreachable(openssl_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool trusts = ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                          : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) == 1;
  if (!trusts) return unreachable("REDIS_CA_FILE can't be read as PEM: " + openssl_error());
  ssl.reset(SSL_new(context.get()));
  if (!ssl) return unreachable(openssl_error());
  in6_addr parsed{};
  const bool is_address =
      ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 || ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    // What SSL_set_tlsext_host_name() expands to, without the macro's old-style casts.
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
    SSL_set1_host(ssl.get(), host.c_str());
  }
  SSL_set_fd(ssl.get(), fd);
  for (;;) {
    ERR_clear_error();
    const int done = SSL_connect(ssl.get());
    if (done == 1) return {};
    if (auto ready = wait_for_ssl(done, deadline); !ready) return ready;
  }
}

// getaddrinfo takes as long as DNS does and can't be cancelled: so it runs on a thread that nobody waits for
// longer than `patience` and that does not hold up the exit. The number of such threads is bounded.
Result<Addresses> resolve(const Address& address, std::chrono::milliseconds patience) {
  constexpr int kMost = 8;
  static std::atomic<int> under_way{0};
  if (++under_way > kMost) {
    --under_way;
    return unreachable("its name does not resolve: DNS does not answer");
  }
  std::promise<Result<Addresses>> promise;
  std::future<Result<Addresses>> found = promise.get_future();
  std::thread([host = address.host, port = std::to_string(address.port),
               promise = std::move(promise)]() mutable {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    if (error != 0) {  // a machine whose only addresses are loopback ones has "no address family" by ADDRCONFIG
      hints.ai_flags = 0;
      error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    }
    --under_way;
    if (error == 0) promise.set_value(Addresses(list));
    else promise.set_value(unreachable("its name does not resolve: " + std::string(::gai_strerror(error))));
  }).detach();
  if (found.wait_for(patience) != std::future_status::ready)
    return unreachable("its name does not resolve: DNS does not answer in time");
  return found.get();
}

Result<Socket> Socket::connect(const Address& address, bool tls, const std::string& ca_file,
                               std::chrono::milliseconds each) {
  const Result<Addresses> found = resolve(address, each);
  if (!found) return found.error();
  const Addresses& list = *found;
  Fault last = unreachable("its name has no address");
  for (const addrinfo* to = list.get(); to != nullptr; to = to->ai_next) {
    auto impl = std::make_unique<Impl>();
    const Deadline deadline = steady_clock::now() + each;
    Result<void> done = impl->connect(*to, deadline);
    if (done && tls) done = impl->begin_tls(address.host, ca_file, deadline);
    if (done) return Socket(std::move(impl));
    last = done.error();
  }
  return last;
}

Socket::Socket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Socket::Socket(Socket&&) noexcept = default;
Socket& Socket::operator=(Socket&&) noexcept = default;
Socket::~Socket() = default;

Result<void> Socket::write_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (impl_->ssl) {
      std::size_t written = 0;
      ERR_clear_error();
      const int done = SSL_write_ex(impl_->ssl.get(), bytes.data(), bytes.size(), &written);
      if (done == 1) bytes.remove_prefix(written);
      else if (auto ready = impl_->wait_for_ssl(done, deadline); !ready) return ready;
      continue;
    }
    const ssize_t written = ::send(impl_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = impl_->wait(POLLOUT, deadline); !ready) return ready;
    } else if (errno != EINTR) {
      return unreachable(std::strerror(errno));
    }
  }
  return {};
}

Result<std::size_t> Socket::read_some(std::span<char> into, Deadline deadline) {
  for (;;) {
    if (impl_->ssl) {
      std::size_t got = 0;
      ERR_clear_error();
      const int done = SSL_read_ex(impl_->ssl.get(), into.data(), into.size(), &got);
      if (done == 1) return got;
      if (auto ready = impl_->wait_for_ssl(done, deadline); !ready) return ready.error();
      continue;
    }
    const ssize_t got = ::recv(impl_->fd, into.data(), into.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return unreachable("it closed the connection");
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = impl_->wait(POLLIN, deadline); !ready) return ready.error();
    } else if (errno != EINTR) {
      return unreachable(std::strerror(errno));
    }
  }
}

bool Socket::readable(std::chrono::milliseconds time) const {
  if (impl_->ssl && SSL_pending(impl_->ssl.get()) > 0) return true;
  return impl_->wait(POLLIN, steady_clock::now() + time).has_value();
}

bool Socket::closed() const {
  char next = 0;
  const ssize_t got = ::recv(impl_->fd, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

std::optional<WallTime> Socket::certificate_ends() const {
  if (!impl_->ssl) return std::nullopt;
  const std::unique_ptr<X509, SslDelete> shown(SSL_get1_peer_certificate(impl_->ssl.get()));
  std::tm parts{};
  if (!shown || ASN1_TIME_to_tm(X509_get0_notAfter(shown.get()), &parts) != 1) return std::nullopt;
  return wall_from_ms(std::int64_t{::timegm(&parts)} * 1000);
}

}  // namespace kgw::redis
