// Socket: a blocking byte stream with deadlines, over TCP or TLS. Used by one thread at a time.
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
  // Tries every address that the name resolves to, each for at most `each`. With `tls`, the server's
  // certificate must be valid for `address.host`, issued by one of the system's CAs or by one in `ca_file`.
  static Result<Socket> connect(const Address& address, bool tls, const std::string& ca_file,
                                std::chrono::milliseconds each);
  Socket(Socket&&) noexcept;
  Socket& operator=(Socket&&) noexcept;
  ~Socket();

  Result<void> write_all(std::string_view bytes, Deadline deadline);
  // Reads at least one byte; a Fault at the end of the stream.
  Result<std::size_t> read_some(std::span<char> into, Deadline deadline);
  // Waits at most `time`; returns whether there is something to read, or the end.
  bool readable(std::chrono::milliseconds time) const;
  // Returns whether the other side has closed it, as far as is known here.
  bool closed() const;
  // When the server's certificate expires; nullopt without TLS.
  std::optional<WallTime> certificate_ends() const;

 private:
  struct Impl;
  explicit Socket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw::redis
