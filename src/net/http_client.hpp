// HttpClient: outbound HTTP with libcurl's multi interface on its own thread (proxies, pooling, TLS,
// timeouts).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/outbound.hpp"

namespace kgw {

// Returns whether a connection to this address may be opened: 16 bytes in network order, an IPv4 address in its
// mapped form (RFC 4291 2.5.5.2). Called on the client's thread, for each address that a host name resolved to,
// right before the connection to that very address is opened. Must not throw.
using MayConnect = std::function<bool(const std::array<std::uint8_t, 16>& address)>;

class HttpClient {
 public:
  // `wake` is called on the client's thread when poll() has something to do. With `may_connect`, this client
  // only opens connections that it allows (kept ones were allowed when they were opened), and uses no proxy,
  // neither a request's nor the environment's: which address a proxy connects to can't be seen here.
  explicit HttpClient(std::function<void()> wake, std::size_t queue_max = 1000, MayConnect may_connect = {});
  // Cancels everything in flight; pending callbacks are never called.
  ~HttpClient();

  // Queues a request; `callback` runs in poll(), on poll()'s thread. Returns false and does nothing if the
  // queue is full.
  bool start(OutboundRequest request, std::function<void(OutboundAnswer)> callback);
  void poll();

  // Sends one request and blocks until it is done; for the CLI.
  static OutboundAnswer run(OutboundRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
