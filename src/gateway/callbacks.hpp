// Callbacks: what is posted to backends (PROTOCOL.md 1.4): the sender and its HTTP client, which connects to no
// address that the settings don't allow. Loop thread only; poll() takes over what the client's thread has
// finished.
#pragma once

#include <optional>

#include "gateway/alerts.hpp"
#include "net/http_client.hpp"
#include "webhooks/callback_sender.hpp"

namespace kgw {

struct Ground;
struct Office;
struct Relaying;
struct StoreSide;

class Callbacks {
 public:
  Callbacks(Ground& on, StoreSide& stores, Relaying& relaying, Office& office);

  void poll() { client_.poll(); }
  void end_of_turn();
  void on_tick(const Now& now) { sender_.on_tick(now); }
  std::optional<Instant> next_deadline() const { return sender_.next_deadline(); }

  CallbackSender& sender() { return sender_; }

 private:
  const RelayShell& shell_;
  Alerts& alerts_;
  HttpClient client_;
  CallbackSender sender_;
};

}  // namespace kgw
