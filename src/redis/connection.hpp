// Connection: a connection to one Redis server over TCP or TLS, authenticated, with its database selected.
// Blocking, with a time limit on everything; used by one thread at a time. Commands are pipelined: a whole
// batch is written, then all its replies are read. After a Fault it must not be used any more.
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "redis/reply.hpp"
#include "redis/url.hpp"

namespace kgw::redis {

using Command = std::vector<std::string>;

struct Limits {
  std::chrono::milliseconds connect{1000};  // per address: TCP, TLS and AUTH
  std::chrono::milliseconds command{700};   // per batch; a large one gets more
};

// What a sentinel reports about the master.
struct NamedMaster {
  Address address;
  std::int64_t epoch = 0;    // of the configuration: the newest one is valid
  std::size_t replicas = 0;  // that could take over
};

class Connection {
 public:
  // Connects to the master, `known` or else the one that the sentinels name (if any), and makes sure that it
  // is one. Tries every address that a name resolves to. `ca_file`: PEM of the CA to trust instead of the
  // system's.
  static Result<Connection> open(const RedisUrl& url, const std::string& ca_file, const Limits& limits,
                                 const std::optional<NamedMaster>& known = std::nullopt);
  // Connects to a sentinel itself, not to the server that it watches.
  static Result<Connection> open_sentinel(const RedisUrl& url, const Address& address,
                                          const std::string& ca_file, const Limits& limits);
  // Requires a connection to a sentinel.
  Result<NamedMaster> ask_master(const std::string& name);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Returns one reply per command, in order; an error reply is a Reply, not a Fault.
  Result<std::vector<Reply>> run(const std::vector<Command>& commands);
  // Runs one command; an error reply becomes a Fault.
  Result<Reply> run(Command command);
  // Returns whether the server has closed the connection, so that nothing written now arrives. (False is no
  // proof that it is alive.)
  bool closed() const;
  // Waits at most `time`; returns whether there is something to read: a channel's message, or the end.
  bool readable(std::chrono::milliseconds time) const;
  // Reads one message of a subscribed channel.
  Result<Reply> read_message();
  // The master as the sentinels named it; nullopt without sentinels.
  const std::optional<NamedMaster>& named() const { return named_; }
  // When the server's certificate expires; nullopt without TLS.
  std::optional<WallTime> certificate_ends() const;

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  static Result<Connection> open_one(const RedisUrl& url, const Address& address, const std::string& ca_file,
                                     const Limits& limits);
  static Result<Connection> open_master(const RedisUrl& url, const Address& address, const std::string& ca_file,
                                        const Limits& limits);
  Result<void> introduce(const RedisUrl& url);
  std::unique_ptr<Impl> impl_;
  std::optional<NamedMaster> named_;
};

// Why Redis refuses, as a sentence for the operator.
Fault refused(const Reply& error);

}  // namespace kgw::redis
