// Link: one kiosk's WebSocket to the gateway (PROTOCOL.md 2). Connects and reconnects for ever, detects a
// gateway that has gone silent, and finds out whether it speaks v2. Over v1 it keeps unsent messages across
// connections, since an answer may be sent over any later one; a connection that is or was v2 starts with none:
// there the outbox says what is owed. Used on its AgentLoop's thread; many links share a loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent_loop.hpp"
#include "agent/gateway_url.hpp"
#include "agent/proxy_talk.hpp"

namespace kgw {

// Why there is no connection, for a log line that a shopkeeper can understand.
struct LinkDown {
  std::string reason;           // one sentence
  unsigned http_status = 0;     // of a rejected upgrade, else 0
  bool was_up = false;          // true: a connection ended; false: an attempt failed
  std::size_t address = 0;      // of Settings::gateways: where it was
  std::size_t next = 0;         // and where the next attempt goes
  Milliseconds retry_after{0};  // until the next attempt
};

class Link {
 public:
  struct Settings {
    std::vector<GatewayUrl> gateways;  // in order, at least one: see LinkAttempts
    std::optional<ProxyUrl> proxy{};   // the way to all of them
    // Asked before each attempt, so that a replaced token file is used without a restart.
    std::function<std::string()> token;
    Milliseconds backoff_first{1'000}, backoff_max{60'000};  // see LinkAttempts
    Milliseconds disabled_pause{10'000};
    Milliseconds connect_timeout{10'000};
    bool v2 = false;                    // whether to offer it
    Milliseconds idle_timeout{30'000};  // a gateway silent for this long is considered gone
  };
  // Called on the loop. A hook may call the link's methods but must not destroy it.
  struct Hooks {
    std::function<void()> up;
    std::function<void(const LinkDown&)> down;
    std::function<void(std::string_view text)> text;  // a complete text message, valid UTF-8, at most 1 MiB
    // A message that was given with a tag is with the operating system; nobody knows whether it arrives.
    std::function<void(const std::string& tag)> written{};
  };

  // Requires `loop` to outlive the link.
  Link(AgentLoop& loop, Settings settings, Hooks hooks);
  ~Link();  // closes the connection; no hook is called afterwards
  Link(const Link&) = delete;

  void start();
  // Sends the text now or on the next connection, in order. A message in flight when a connection ends is
  // sent again. Returns false and does nothing if too much is waiting.
  bool send(std::string text, std::string tag = {});
  // Cuts the connection as a pulled cable would; reconnects as after any other end.
  void drop();
  // Sends what is waiting if connected, closes with 1000 and does not reconnect. `done` is called once.
  void close(std::function<void()> done);

  bool is_up() const;
  bool is_v2() const;           // which protocol is spoken, from Hooks::up on
  std::size_t address() const;  // of Settings::gateways: the one that is connected, or tried next
  std::size_t unsent() const;   // messages
  // From a ping to its pong, measured once a minute; nullopt before the first one of a connection.
  std::optional<std::chrono::nanoseconds> round_trip() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kgw
