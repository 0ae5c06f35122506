#include "net/http_server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/connection.hpp"
#include "net/http_connection.hpp"
#include "net/listen_socket.hpp"
#include "net/ws_connection.hpp"

namespace kgw {
namespace {

constexpr int kAcceptsPerTurn = 16;
constexpr rlim_t kDescriptorsKept = 100;  // for the store, the log, outbound calls; with few in all a quarter,
constexpr rlim_t kDescriptorsKeptMin = 32;  // but no less than what they need
constexpr Milliseconds kAcceptPause{100};   // when there are no descriptors at all

std::size_t descriptors_for_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return limits::kConnectionsMax;
  const rlim_t kept = std::clamp(limit.rlim_cur / 4, kDescriptorsKeptMin, kDescriptorsKept);
  return limit.rlim_cur > kept ? static_cast<std::size_t>(limit.rlim_cur - kept) : 1;
}

int open_spare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

struct HttpServer::Impl final : Pollable {
  Impl(Loop& loop, HttpHandler& http, WsHandler& ws) : core(loop, http, ws) {}
  ~Impl() override {
    stop_listening();
    if (spare_fd >= 0) close(spare_fd);
  }

  void on_ready(std::uint32_t) override {
    for (int i = 0; i < kAcceptsPerTurn && listen_fd >= 0; ++i) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      const int fd =
          accept4(listen_fd, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        admit(fd, address);
        continue;
      }
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      if (!send_one_away() && !turn_one_away()) return pause_accepting();
    }
  }

  void admit(int fd, const sockaddr_storage& address) {
    if (core.stats.connections >= connections_max && !send_one_away()) return refuse(fd);
    ++core.stats.accepted;
    ++core.stats.connections;
    const std::uint32_t slot = core.free_slot();
    core.slots[slot] = std::make_unique<HttpConnection>(core, Socket(fd), slot, peer_address(address));
    core.slots[slot]->start();
  }

  // Who is at the door may be a kiosk; who is inside and has shown nothing gives way.
  bool send_one_away() {
    Connection* const stranger = core.visitors.to_send_away();
    if (stranger == nullptr) return false;
    ++core.stats.sent_away;
    stranger->send_away();
    return true;
  }

  // Past the limit. What fits the socket's buffer is all that such a client gets; nothing waits for it.
  void refuse(int fd) {
    ++core.stats.refused;
    if (core.tls) {  // nothing readable could be said before a handshake
      close(fd);
      return;
    }
    const ErrorInfo& about = info(ErrorCode::overloaded);
    const std::string body = core.http.error_body(ErrorCode::overloaded, about.sentence);
    std::string text = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: ";
    text += std::to_string(about.retry_after_seconds) + "\r\nConnection: close\r\nContent-Length: ";
    text += std::to_string(body.size()) + "\r\n\r\n" + body;
    while (recv(fd, core.read_buffer.get(), limits::kReadBufferBytes, 0) > 0) {  // else close() sends a RST
    }
    [[maybe_unused]] const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    close(fd);
  }

  // No descriptor is left for the client at the door. With the spare one it is let in and out again; left there
  // it would keep the listening socket ready, and us spinning.
  bool turn_one_away() {
    if (spare_fd < 0) return false;
    close(std::exchange(spare_fd, -1));
    const int fd = accept4(listen_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) refuse(fd);
    spare_fd = open_spare();
    return fd >= 0 && spare_fd >= 0;
  }

  void pause_accepting() {
    core.loop.change(listen_fd, 0, *this);
    accept_again = core.loop.now().steady + kAcceptPause;
  }

  void resume_accepting() {
    accept_again.reset();
    if (spare_fd < 0) spare_fd = open_spare();
    if (listen_fd >= 0) core.loop.change(listen_fd, EPOLLIN, *this);
  }

  void stop_listening() {
    if (listen_fd < 0) return;
    core.loop.remove(listen_fd, *this);
    close(std::exchange(listen_fd, -1));
  }

  ServerCore core;
  std::size_t connections_max = 0;
  int listen_fd = -1;
  int spare_fd = -1;
  std::uint16_t port = 0;
  std::optional<Instant> accept_again;
};

HttpServer::HttpServer(Loop& loop, HttpHandler& http, WsHandler& ws)
    : impl_(std::make_unique<Impl>(loop, http, ws)) {}
HttpServer::~HttpServer() = default;

Result<void> HttpServer::listen(const Settings& settings) {
  const Result<int> opened = open_listen_socket(settings.host, settings.port);
  if (!opened) return opened.error();
  impl_->stop_listening();
  impl_->core.settings = settings;
  impl_->core.tls = settings.tls;
  impl_->core.handshakes.set_most(settings.handshakes_max);
  impl_->core.visitors.set_bounds(settings.arriving_bytes_max, settings.arriving_of_address_max);
  impl_->core.large.set_most(std::max<std::size_t>(settings.arriving_bytes_max / limits::kFrameBytesMax, 1));
  const std::size_t table = std::size_t{1} << ServerCore::kSlotBits;
  impl_->connections_max = std::min({settings.connections_max, descriptors_for_connections(), table});
  impl_->listen_fd = *opened;
  impl_->port = port_of_socket(*opened);
  if (impl_->spare_fd < 0) impl_->spare_fd = open_spare();
  impl_->core.loop.add(*opened, EPOLLIN, *impl_);
  return {};
}

void HttpServer::set_tls(std::shared_ptr<TlsContext> tls) { impl_->core.tls = std::move(tls); }
std::uint16_t HttpServer::port() const { return impl_->port; }
void HttpServer::stop_listening() { impl_->stop_listening(); }

void HttpServer::respond(HttpCallId call, const HttpResponse& response) {
  if (auto* connection = impl_->core.find<HttpConnection>(call)) {
    connection->respond(response.status, response.content_type, response.extra_fields, response.body,
                        response.close);
  }
}

void HttpServer::respond_shared(HttpCallId call, std::string_view extra_fields, const SharedBytes& body,
                                const RequestId& receipt) {
  auto* connection = impl_->core.find<HttpConnection>(call);
  if (connection == nullptr) {
    if (receipt) impl_->core.http.on_answer_lost(receipt);
    return;
  }
  connection->respond_shared(extra_fields, body);
  connection->expect_receipt(receipt);
}

void HttpServer::respond_fixed(HttpCallId call, const HttpResponse& response, const SharedBytes& body) {
  if (auto* connection = impl_->core.find<HttpConnection>(call)) connection->respond_fixed(response, body);
}

void HttpServer::vouch(HttpCallId call) {
  if (auto* connection = impl_->core.find<HttpConnection>(call)) connection->vouch();
}

void HttpServer::begin_stream(HttpCallId call, const HttpResponse& head) {
  if (auto* connection = impl_->core.find<HttpConnection>(call))
    connection->begin_stream(head.content_type, head.extra_fields);
}

bool HttpServer::stream(HttpCallId call, const SharedBytes& piece) {
  auto* connection = impl_->core.find<HttpConnection>(call);
  return connection != nullptr && connection->stream(piece);
}

std::size_t HttpServer::stream_backlog(HttpCallId call) const {
  const auto* connection = impl_->core.find<HttpConnection>(call);
  return connection != nullptr ? connection->backlog() : 0;
}

void HttpServer::end_stream(HttpCallId call) {
  if (auto* connection = impl_->core.find<HttpConnection>(call)) connection->end_stream();
}

WsId HttpServer::upgrade(HttpCallId call, std::string_view accept, std::string_view extra_fields) {
  auto* connection = impl_->core.find<HttpConnection>(call);
  return connection != nullptr ? connection->upgrade(accept, extra_fields) : WsId::none;
}

bool HttpServer::ws_send(WsId ws, std::string_view encoded_frame) {
  auto* connection = impl_->core.find<WsConnection>(ws);
  return connection != nullptr && connection->send(encoded_frame);
}

bool HttpServer::ws_send(WsId ws, std::string_view start, const SharedBytes& payload) {
  auto* connection = impl_->core.find<WsConnection>(ws);
  return connection != nullptr && connection->send(start, payload);
}

void HttpServer::ws_close(WsId ws, WsClose code, std::string_view reason, bool now) {
  if (auto* connection = impl_->core.find<WsConnection>(ws)) connection->close(code, reason, now);
}

void HttpServer::read_kiosks(bool read) { impl_->core.large.open(read); }
std::size_t HttpServer::connections_max() const { return impl_->connections_max; }

void HttpServer::flush() { impl_->core.flush(); }

std::optional<Instant> HttpServer::next_deadline() const {
  std::optional<Instant> next = impl_->accept_again;
  const auto& deadlines = impl_->core.deadlines;
  if (deadlines.empty()) return next;
  const Instant of_peers = deadlines.next() + impl_->core.loop.paused();
  return next ? std::min(*next, of_peers) : of_peers;
}

void HttpServer::on_tick(const Now& now) {
  if (impl_->accept_again && *impl_->accept_again <= now.steady) impl_->resume_accepting();
  impl_->core.on_tick(now.steady - impl_->core.loop.paused());
}

void HttpServer::close_all(WsClose code, std::string_view reason) {
  stop_listening();
  flush();
  ServerCore& core = impl_->core;
  core.ending = true;
  for (std::size_t slot = 0; slot < core.slots.size(); ++slot) {
    Connection* const connection = core.slots[slot].get();
    if (auto* ws = dynamic_cast<WsConnection*>(connection)) ws->close_at_once(code, reason);
    else if (auto* http = dynamic_cast<HttpConnection*>(connection)) http->drop();
  }
  flush();
}

bool HttpServer::has_unsent() const {
  return impl_->core.unsent_connections > 0 || !impl_->core.output.writers.empty();
}

const HttpServerStats& HttpServer::stats() const { return impl_->core.stats; }

}  // namespace kgw
