// Socket: a blocking byte stream with a deadline, over TCP or TLS. Used by one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "redis/url.hpp"

namespace kgw::redis {

using Deadline = std::chrono::steady_clock::time_point;

class Socket {
 public:
  // Tries every address that the name resolves to, each for `each` at most. With `tls`, the server's
  // certificate must be for `address.host`, by the system's authorities or those in `ca_file`.
  static Result<Socket> connect(const Address& address, bool tls, const std::string& ca_file,
                                std::chrono::milliseconds each);
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;
  ~Socket();

  Result<void> write_all(std::string_view bytes, Deadline deadline);
  // At least one byte; a Fault at the end of the stream.
  Result<std::size_t> read_some(std::span<char> into, Deadline deadline);
  // There is something to read, or the end, within `time`.
  bool readable(std::chrono::milliseconds time) const;
  // The other side has ended it, as far as we have heard.
  bool closed() const;
  // When the certificate that the server showed ends; nothing: no TLS.
  std::optional<WallTime> certificate_ends() const;

 private:
  struct Impl;
  explicit Socket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw::redis
