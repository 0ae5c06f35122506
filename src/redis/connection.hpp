// Connection: one connection to one Redis server: TCP or TLS, authenticated, its database chosen. Blocking,
// with a time limit on everything; used by one thread at a time. Commands are pipelined: a batch is written
// whole, then all of its replies are read. After a Fault it is of no use any more.
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
  std::chrono::milliseconds connect{1000};  // for each address: TCP, TLS and AUTH
  std::chrono::milliseconds command{700};   // for a batch; more for one that is large
};

// What a sentinel says of the master.
struct NamedMaster {
  Address address;
  std::int64_t epoch = 0;    // of the configuration: the newer one counts
  std::size_t replicas = 0;  // that may take its place
};

class Connection {
 public:
  // Asks the sentinels where the master is, if there are any; tries every address that a name resolves to;
  // makes sure that the server there is a master. `ca_file`: PEM of the authority to trust instead of the
  // system's.
  // `known`: who was named last; asked first.
  static Result<Connection> open(const RedisUrl& url, const std::string& ca_file, const Limits& limits,
                                 const std::optional<NamedMaster>& known = std::nullopt);
  // To a sentinel, not to what it watches.
  static Result<Connection> open_sentinel(const RedisUrl& url, const Address& address,
                                          const std::string& ca_file, const Limits& limits);
  // Of a sentinel.
  Result<NamedMaster> ask_master(const std::string& name);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // One reply each, in order; an error that Redis answers is a Reply, not a Fault.
  Result<std::vector<Reply>> run(const std::vector<Command>& commands);
  // One command; an error that Redis answers is a Fault here.
  Result<Reply> run(Command command);
  // The server has closed it: what is written now surely does not arrive. (Not closed: it may be gone all the
  // same.)
  bool closed() const;
  // Something came that nobody asked for (a channel's message, or the end), within `time`.
  bool readable(std::chrono::milliseconds time) const;
  Result<Reply> read_message();
  // Of a master that sentinels named: as they did.
  const std::optional<NamedMaster>& named() const { return named_; }
  // When the server's certificate ends; nothing: no TLS.
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
