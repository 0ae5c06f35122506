// Link: one kiosk's WebSocket to the gateway (PROTOCOL.md 2 and 3, v1): connects, connects again for ever,
// notices a gateway that has gone silent, and keeps what is to be sent over the end of a connection, since an
// answer may come over any later one. Lives on its AgentLoop's thread; many links share one loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/agent_loop.hpp"
#include "agent/gateway_url.hpp"

namespace kgw {

// Why there is no connection, for a log line that a shop keeper reads.
struct LinkDown {
  std::string reason;           // a sentence
  unsigned http_status = 0;     // of a refused upgrade, else 0
  bool was_up = false;          // a connection ended (else: an attempt failed)
  Milliseconds retry_after{0};  // when the next attempt starts
};

class Link {
 public:
  struct Settings {
    GatewayUrl gateway;
    // Asked before each attempt, so that a replaced token file counts without a restart.
    std::function<std::string()> token;
    Milliseconds backoff_first{1'000};  // the n-th attempt waits a random time of up to first * 2^n,
    Milliseconds backoff_max{30'000};   // but no more than this
    Milliseconds connect_timeout{10'000};
    Milliseconds idle_timeout{45'000};  // nothing from the gateway for so long: it is gone
  };
  // Called on the loop. A hook may call the link's methods, but must not destroy it.
  struct Hooks {
    std::function<void()> up;
    std::function<void(const LinkDown&)> down;
    std::function<void(std::string_view text)> text;  // a whole text message, valid UTF-8, at most 1 MiB
  };

  // `loop` must outlive the link.
  Link(AgentLoop& loop, Settings settings, Hooks hooks);
  ~Link();  // cuts the connection; no hook is called any more
  Link(const Link&) = delete;

  void start();
  // Sends the text now or when a connection is there again, in order. What was under way when a connection
  // ended is sent again. False: too much waits already, nothing happens.
  bool send(std::string text);
  // Cuts the connection as a pulled cable would; connects again as after any other end.
  void drop();
  // Sends what waits if a connection is there, closes with 1000, connects no more. `done` is called once.
  void close(std::function<void()> done);

  bool is_up() const;
  std::size_t unsent() const;  // messages

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kgw
