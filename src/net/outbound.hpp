// An HTTP request to somebody else, and what came of it: the values of the gateway's and the agent's clients.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kgw {

struct OutboundRequest {
  std::string method = "GET";
  std::string url{};
  std::vector<std::string> fields{};  // "Name: value"
  std::string body{};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30000};
  std::size_t answer_bytes_max = 8 * 1024 * 1024;
  // Use a new connection. If a kept connection turns out to be dead, curl sends the request again by itself,
  // which must never happen to a payment.
  bool own_connection = false;
  // "http://", "socks5h://" etc., with user and password; empty: the environment's proxy settings.
  std::string proxy{};
  // With https://, do not check the server's certificate. For the gateway's client only.
  bool any_certificate = false;
};

struct OutboundAnswer {
  // forbidden: none of the host's addresses passes the client's MayConnect; nothing was sent
  enum class Trouble : std::uint8_t { none, refused, timed_out, too_large, forbidden, other };
  Trouble trouble = Trouble::none;  // none: an HTTP response arrived, whatever its status
  std::string why{};                // for people, if there is trouble
  unsigned status = 0;              // none and too_large: of the response
  std::string body{};               // too_large: only the beginning
  // Response fields in the order received; names lower-cased.
  std::vector<std::pair<std::string, std::string>> fields{};
};

}  // namespace kgw
