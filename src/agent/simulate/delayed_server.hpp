// DelayedServer: an HTTP server on a loop of its own whose answers take as long as people and paper do: what
// simulated devices have in common. Everything but stop() and port() belongs to the thread of run().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http_server.hpp"

namespace kgw {

class DelayedServer : public HttpHandler, WsHandler {
 public:
  // Listens at once; port 0: any that is free. Throws std::runtime_error if it can't.
  DelayedServer(const std::string& host, std::uint16_t port);
  ~DelayedServer() override = default;
  DelayedServer(const DelayedServer&) = delete;

  std::uint16_t port() const { return server_.port(); }
  // Returns after stop().
  void run() { loop_.run(); }
  // Thread: any. The connections of unanswered calls are closed.
  void stop();

 protected:
  Instant now() const { return loop_.now().steady; }
  // As many calls as may wait are waiting.
  bool is_full() const;
  void answer(HttpCallId call, unsigned status, std::string_view body);
  void answer_later(HttpCallId call, Milliseconds takes, unsigned status, std::string body);

 private:
  struct Due {
    HttpCallId call;
    unsigned status;
    std::string body;
  };
  void answer_due(Instant now);

  BodyPolicy body_policy(const HttpHead&) override;
  void on_caller_gone(HttpCallId call, bool can_write) override;
  void on_ws_text(WsId, std::string_view) override {}
  void on_ws_alive(WsId) override {}
  void on_ws_pong(WsId, std::string_view) override {}
  void on_ws_closed(WsId, std::uint16_t, std::string_view) override {}

  const SystemClock clock_;
  Loop loop_;
  std::multimap<Instant, Due> due_;
  HttpServer server_;
  std::atomic<bool> ending_{false};
};

}  // namespace kgw
