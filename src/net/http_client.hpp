// HttpClient: outbound HTTP by libcurl's multi interface on a thread of its own (proxies, pooling, TLS,
// timeouts).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kgw {

struct OutboundRequest {
  std::string method = "GET";
  std::string url{};
  std::vector<std::string> fields{};  // "Name: value"
  std::string body{};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30000};
  std::size_t answer_bytes_max = 8 * 1024 * 1024;
  // On a connection of its own. On a kept one that turns out dead curl sends a request again by itself, which a
  // payment must never suffer.
  bool own_connection = false;
  // "http://", "socks5h://" and such, with user and password; empty: what the environment says.
  std::string proxy{};
};

struct OutboundAnswer {
  enum class Trouble : std::uint8_t { none, refused, timed_out, too_large, other };
  Trouble trouble = Trouble::none;  // none: an HTTP answer came, whatever its status
  std::string why;                  // for a human, when there is trouble
  unsigned status = 0;
  std::string body;  // too_large: only its beginning
  // Values of response fields, names lower-cased, as they came.
  std::vector<std::pair<std::string, std::string>> fields;
};

class HttpClient {
 public:
  // `wake` is called from the client's thread when poll() has something to do.
  explicit HttpClient(std::function<void()> wake, std::size_t queue_max = 1000);
  ~HttpClient();  // cancels what runs; callbacks that did not come by then never come

  // The callback comes from poll(), on the thread that calls that. False: the queue is full, nothing happens.
  bool start(OutboundRequest request, std::function<void(OutboundAnswer)> callback);
  void poll();

  // One request, blocking; for the CLI.
  static OutboundAnswer run(OutboundRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
