// A real HttpServer on a thread of its own, and raw sockets to attack it with.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "jumping_clock.hpp"
#include "net/http_server.hpp"

namespace kgw {

using namespace std::chrono_literals;

// What the handlers saw, for the test's thread to wait for.
class Sightings {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  // False when it does not come within 10 s.
  bool wait_for(const std::string& what, std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] {
      return static_cast<std::size_t>(std::count(all_.begin(), all_.end(), what)) >= times;
    });
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  std::size_t count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(all_.begin(), all_.end(), what));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

// GET or POST /echo answers with method and body; /hold is kept in `held`; /big with `big`; /ws is upgraded.
// WebSocket text comes back with "echo:" in front, "flood" makes the server send until it is refused.
class RigHandler final : public HttpHandler, public WsHandler {
 public:
  explicit RigHandler(Sightings& seen) : seen_(seen) {}
  BodyPolicy body_policy(const HttpHead& head) override {
    return {head.path == "/large" || head.path == "/closed" ? std::size_t{8} << 20 : std::size_t{1000}};
  }
  // /closed is for nobody, and who asks for /large with a key is no stranger.
  Admission admit(const HttpRequest& request) override {
    seen_.add("admit " + std::string(request.head.path));
    if (request.head.path == "/closed") return {Fault{ErrorCode::unauthorized, {}}};
    return {std::nullopt, request.head.find("Key").has_value()};
  }
  void on_tls(const PeerAddress&) override { seen_.add("tls"); }
  void on_tls_failed(const PeerAddress&, std::string_view why) override {
    seen_.add("tls failed: " + std::string(why));
  }
  void on_request(const HttpRequest& request) override {
    last_call = request.call;
    last_waited = request.waited;
    last_half_closed = request.half_closed;
    ++requests_now;
    seen_.add("request " + std::string(request.head.path));
    last_certified_kiosk = request.certified_kiosk;
    if (request.head.path == "/hold" || request.head.path == "/hold-ws") {
      held.push_back(request.call);
      if (request.head.path == "/hold-ws") accept = *check_upgrade(request.head);
    } else if (request.head.path == "/throw") {
      throw std::runtime_error("a handler's bug");
    } else if (request.head.path == "/big") {
      server->respond_shared(request.call, "X-Big: yes\r\n", big);
    } else if (request.head.path == "/ws") {
      const auto key = check_upgrade(request.head);
      if (!key) return server->respond(request.call, {.status = 426, .body = key.error().message});
      ws = server->upgrade(request.call, *key);
      server->ws_send(ws, encode_ws_frame(WsOpcode::text, "hello"));
    } else if (request.head.path == "/receipt") {
      RequestId receipt;
      receipt.bytes[0] = 1;
      server->respond_shared(request.call, {}, big, receipt);
    } else if (request.head.path == "/fixed") {
      server->respond_fixed(request.call, {.content_type = "text/html"}, big);
    } else if (request.head.path == "/known") {
      server->vouch(request.call);
      server->respond(request.call, {.body = "known"});
    } else if (request.head.path == "/empty") {
      server->respond(request.call, {.status = 204, .content_type = {}});
    } else {
      server->respond(request.call,
                      {.extra_fields = "X-Rig: 1\r\n",
                       .body = std::string(request.head.method) + ":" + std::string(request.body)});
    }
  }
  void on_caller_gone(HttpCallId call, bool can_write) override {
    seen_.add(can_write ? "half closed" : "gone");
    if (answer_when_half_closed && can_write) server->respond(call, {.body = "late"});
  }
  void on_answer_lost(const RequestId&) override { seen_.add("lost"); }
  std::string error_body(ErrorCode code, std::string_view) override {
    return "{\"error\":\"" + std::string(info(code).name) + "\"}";
  }

  void on_ws_text(WsId id, std::string_view text) override {
    seen_.add("text " + std::string(text.substr(0, 40)));
    if (text == "flood") {
      const std::string frame = encode_ws_frame(WsOpcode::text, std::string(100'000, 'f'));
      while (server->ws_send(id, frame)) seen_.add("flooded");
    } else if (text == "close me") {
      server->ws_close(id, WsClose::policy, "as asked");
    } else {
      server->ws_send(id, encode_ws_frame(WsOpcode::text, "echo:" + std::string(text)));
    }
  }
  bool on_ws_binary(WsId, std::string_view bytes) override {
    seen_.add("binary " + std::string(bytes));
    return bytes.starts_with("take");
  }
  void on_ws_alive(WsId id) override {
    if (id == WsId::none) seen_.add("life of the dead");
  }
  void on_ws_pong(WsId, std::string_view payload) override { seen_.add("pong " + std::string(payload)); }
  void on_ws_closed(WsId, std::uint16_t code, std::string_view) override {
    ++closed_now;
    seen_.add("closed " + std::to_string(code));
  }
  void on_turn() {
    requests_max = std::max(requests_max, std::exchange(requests_now, 0));
    closed_max = std::max(closed_max, std::exchange(closed_now, 0));
    const std::uint64_t keys = server->stats().tls_key_uses;
    keys_max = std::max(keys_max, keys - std::exchange(keys_before, keys));
  }

  HttpServer* server = nullptr;
  SharedBytes big;
  std::vector<HttpCallId> held;
  std::string accept;
  HttpCallId last_call{};
  Milliseconds last_waited{};
  bool last_half_closed = false;
  std::string last_certified_kiosk;
  WsId ws{};
  bool answer_when_half_closed = false;
  std::size_t requests_now = 0, requests_max = 0;  // of this turn, of the fullest one
  std::size_t closed_now = 0, closed_max = 0;
  std::uint64_t keys_before = 0, keys_max = 0;

 private:
  Sightings& seen_;
};

class Rig {
 public:
  explicit Rig(HttpServer::Settings settings = {})
      : handler(seen), loop_(clock), server(loop_, handler, handler) {
    handler.server = &server;
    settings.port = 0;
    settings.host = "127.0.0.1";
    loop_.set_end_of_turn([this] {
      server.flush();
      handler.on_turn();
    });
    loop_.set_timer([this] { return server.next_deadline(); }, [this](const Now& now) { server.on_tick(now); });
    loop_.set_on_wake([this] { run_actions(); });
    const auto listening = server.listen(settings);
    EXPECT_TRUE(listening.has_value());
    port = server.port();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Rig() {
    on_loop([this] { loop_.stop(); });
    thread_.join();
  }
  // Runs `action` on the loop's thread and waits for its end.
  void on_loop(std::function<void()> action) {
    std::promise<void> ran;
    {
      const std::lock_guard lock(mutex_);
      actions_.push_back([&] {
        action();
        ran.set_value();
      });
    }
    loop_.wake();
    ran.get_future().wait();
  }
  HttpServerStats stats() {
    HttpServerStats copy;
    on_loop([&] { copy = server.stats(); });
    return copy;
  }

  JumpingClock clock;
  Sightings seen;
  RigHandler handler;

 private:
  void run_actions() {
    std::vector<std::function<void()>> now;
    {
      const std::lock_guard lock(mutex_);
      now.swap(actions_);
    }
    for (auto& action : now) action();
  }
  Loop loop_;
  std::mutex mutex_;
  std::vector<std::function<void()>> actions_;
  std::thread thread_;

 public:
  HttpServer server;
  std::uint16_t port = 0;
};

// A blocking client socket that gives up after 10 s.
class Client {
 public:
  explicit Client(const Rig& rig, int receive_buffer = 0, const char* from = nullptr)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (from != nullptr && inet_pton(AF_INET, from, &address.sin_addr) == 1) {
      const int bound = bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
      EXPECT_EQ(bound, 0);
    }
    address.sin_port = htons(rig.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  virtual ~Client() { end(); }
  Client(const Client&) = delete;
  bool connected() const { return connected_; }
  void end() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  void reset() {
    const linger abort{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    end();
  }
  void half_close() const { shutdown(fd_, SHUT_WR); }
  virtual bool send(std::string_view bytes) const { return send_raw(bytes); }
  bool send_raw(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // What comes until it ends in `end` (or has `size` bytes), or the server closes.
  std::string read_until(std::string_view end) {
    while (buffer_.find(end) == std::string::npos && more()) {
    }
    const std::size_t at = buffer_.find(end);
    return cut(at == std::string::npos ? buffer_.size() : at + end.size());
  }
  std::string read_bytes(std::size_t size) {
    while (buffer_.size() < size && more()) {
    }
    return cut(std::min(size, buffer_.size()));
  }
  std::string read_all() {
    while (more()) {
    }
    return cut(buffer_.size());
  }
  // A clean end: neither silence nor a reset.
  bool closed() { return buffer_.empty() && !more() && clean_end_; }
  // One HTTP answer: head, and as much body as it announces.
  std::string read_answer(bool has_body = true) {
    std::string answer = read_until("\r\n\r\n");
    const std::size_t at = answer.find("Content-Length: ");
    if (has_body && at != std::string::npos) answer += read_bytes(std::stoul(answer.substr(at + 16)));
    return answer;
  }
  // One frame of the server: its first byte and payload.
  std::pair<unsigned, std::string> read_frame() {
    const std::string start = read_bytes(2);
    if (start.size() < 2) return {0, {}};
    std::size_t size = static_cast<unsigned char>(start[1]);
    const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (extra > 0) {
      size = 0;
      for (const char c : read_bytes(extra)) size = size << 8 | static_cast<unsigned char>(c);
    }
    return {static_cast<unsigned char>(start[0]), read_bytes(size)};
  }
  bool upgrade() {
    send(kUpgrade);
    return read_until("\r\n\r\n").starts_with("HTTP/1.1 101 ") && read_frame().second == "hello";
  }
  static constexpr std::string_view kUpgrade =
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  static std::string frame(unsigned first, std::string_view payload) {
    std::string out(1, static_cast<char>(first));
    if (payload.size() < 126) {
      out += static_cast<char>(0x80 | payload.size());
    } else if (payload.size() < 65536) {
      out += static_cast<char>(0xfe);
      for (const int shift : {8, 0}) out += static_cast<char>(payload.size() >> shift & 0xff);
    } else {
      out += static_cast<char>(0xff);
      for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift & 0xff);
    }
    constexpr std::string_view kMask = "\x11\x22\x33\x44";
    out += kMask;
    for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ kMask[i % 4]);
    return out;
  }

 protected:
  // As recv().
  virtual ssize_t receive(char* into, std::size_t size) { return recv(fd_, into, size, 0); }
  ssize_t receive_raw(char* into, std::size_t size) const { return recv(fd_, into, size, 0); }

 private:
  bool more() {
    char some[65536];
    const ssize_t got = receive(some, sizeof some);
    clean_end_ = got == 0;
    if (got <= 0) return false;
    buffer_.append(some, static_cast<std::size_t>(got));
    return true;
  }
  std::string cut(std::size_t size) {
    std::string out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }
  int fd_;
  bool connected_ = false;
  bool clean_end_ = false;
  std::string buffer_;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace kgw
