#include "redis/connection.hpp"

#include <hiredis/read.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "redis/socket.hpp"

namespace kgw::redis {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64 * 1024;
// A batch of many megabytes may take longer than a small one.
constexpr std::size_t kBytesPerMillisecond = 4 * 1024;
constexpr std::size_t kReplyBytesMax = 512 * 1024 * 1024;
constexpr const char* kIsCluster =
    "it is part of a Redis Cluster, which kiosk-gateway can't use (one commit writes many keys at once): use a "
    "single Redis, with replicas and Sentinel for high availability";

struct ReaderDelete {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

// hiredis' reader builds its replies with these; each becomes a Reply of ours. hiredis owns the outermost one
// until it is handed out.
Reply* place(const redisReadTask* task) {
  if (task->parent == nullptr) return new Reply;
  return &static_cast<Reply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

void* make_string(const redisReadTask* task, char* text, std::size_t size) {
  Reply* const reply = place(task);
  reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                   : Reply::Kind::text;
  reply->text.assign(text, size);
  return reply;
}

// The number of elements is an int in hiredis 0.14 and a size_t in 1.x.
template <class Count>
void* make_array(const redisReadTask* task, Count count) {
  Reply* const reply = place(task);
  reply->kind = Reply::Kind::array;
  reply->items.resize(static_cast<std::size_t>(count));
  return reply;
}

void* make_integer(const redisReadTask* task, long long value) {
  Reply* const reply = place(task);
  reply->kind = Reply::Kind::integer;
  reply->integer = value;
  return reply;
}

void* make_null(const redisReadTask* task) { return place(task); }

void free_reply(void* reply) { delete static_cast<Reply*>(reply); }

redisReplyObjectFunctions& functions() {
  static redisReplyObjectFunctions table = [] {
    redisReplyObjectFunctions made{};
    made.createString = make_string;
    made.createArray = make_array;
    made.createInteger = make_integer;
    made.createNil = make_null;
    made.freeObject = free_reply;
    return made;
  }();
  return table;
}

// RESP2's form of a request: an array of bulk strings.
void append(std::string& out, const Command& command) {
  out.append("*").append(std::to_string(command.size())).append("\r\n");
  for (const std::string& word : command)
    out.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
}

}  // namespace

Fault refused(const Reply& error) {
  const std::string_view code = error.error_code();
  std::string why = "Redis says: " + error.text.substr(0, 200);
  if (why.ends_with('.')) why.pop_back();
  if (code == "OOM") why += ". Give it more memory (maxmemory)";
  else if (code == "NOAUTH" || code == "WRONGPASS") why += ". Check user and password in REDIS_URL";
  else if (code == "NOPERM") why += ". Give the user in REDIS_URL the permissions listed in docs/redis.md";
  else if (code == "MOVED" || code == "ASK" || code == "CROSSSLOT" || code == "CLUSTERDOWN") why = kIsCluster;
  else if (code == "MISCONF") why += ". Its disk is full or failing";
  return Fault{ErrorCode::store_unavailable, why};
}

struct Connection::Impl {
  Impl(Socket connected, const Limits& with)
      : socket(std::move(connected)), limits(with), reader(redisReaderCreateWithFunctions(&functions())) {}
  Result<Reply> read_reply(Deadline deadline);

  Socket socket;
  Limits limits;
  std::unique_ptr<redisReader, ReaderDelete> reader;
  std::string out;
  std::array<char, kReadBytes> in{};
};

Result<Reply> Connection::Impl::read_reply(Deadline deadline) {
  for (std::size_t received = 0;;) {
    void* made = nullptr;
    if (redisReaderGetReply(reader.get(), &made) != REDIS_OK)
      return Fault{ErrorCode::store_unavailable,
                   std::string("its reply is not in the Redis protocol: ") + reader->errstr};
    if (made != nullptr) {
      const std::unique_ptr<Reply> reply(static_cast<Reply*>(made));
      return std::move(*reply);
    }
    const auto got = socket.read_some(in, deadline);
    if (!got) return got.error();
    received += *got;
    if (received > kReplyBytesMax) return Fault{ErrorCode::store_unavailable, "a reply is too large"};
    redisReaderFeed(reader.get(), in.data(), *got);
  }
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

namespace {

Fault of_redis(const Fault& fault) { return Fault{fault.code, "Redis: " + fault.message}; }

}  // namespace

Result<std::vector<Reply>> Connection::run(const std::vector<Command>& commands) {
  Impl& my = *impl_;
  my.out.clear();
  for (const Command& command : commands) append(my.out, command);
  const auto extra = std::chrono::milliseconds(my.out.size() / kBytesPerMillisecond);
  const Deadline deadline = steady_clock::now() + my.limits.command + extra;
  // Writes everything before reading the first reply: Redis buffers its replies, and our batches are bounded.
  if (const auto sent = my.socket.write_all(my.out, deadline); !sent) return of_redis(sent.error());
  if (my.out.capacity() > kReadBytes) my.out = {};
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = my.read_reply(deadline);
    if (!reply) return of_redis(reply.error());
    replies.push_back(std::move(*reply));
  }
  return replies;
}

Result<Reply> Connection::run(Command command) {
  auto replies = run(std::vector<Command>{std::move(command)});
  if (!replies) return replies.error();
  if (replies->front().is_error()) return refused(replies->front());
  return std::move(replies->front());
}

// AUTH, SELECT.
Result<void> Connection::introduce(const RedisUrl& url) {
  if (!url.password.empty()) {
    Command auth{"AUTH"};
    if (!url.user.empty()) auth.push_back(url.user);
    auth.push_back(url.password);
    if (const auto done = run(std::move(auth)); !done) return done.error();
  }
  if (url.database == 0) return {};
  const auto selected = run(std::vector<Command>{{"SELECT", std::to_string(url.database)}});
  if (!selected) return selected.error();
  if (!selected->front().is_error()) return {};
  const bool cluster = selected->front().text.find("cluster") != std::string::npos;
  return cluster ? Fault{ErrorCode::store_unavailable, kIsCluster} : refused(selected->front());
}

bool Connection::closed() const { return impl_->socket.closed(); }

std::optional<WallTime> Connection::certificate_ends() const { return impl_->socket.certificate_ends(); }

Result<Connection> Connection::open_one(const RedisUrl& url, const Address& address, const std::string& ca_file,
                                        const Limits& limits) {
  auto socket = Socket::connect(address, url.tls, ca_file, limits.connect);
  if (!socket) return socket.error();
  return Connection(std::make_unique<Impl>(std::move(*socket), limits));
}

// A sentinel that requires a password gets the master's.
Result<Connection> Connection::open_sentinel(const RedisUrl& url, const Address& address,
                                             const std::string& ca_file, const Limits& limits) {
  const auto why = [&address](const Fault& fault) {
    return Fault{ErrorCode::store_unavailable, "sentinel " + address.host + ": " + fault.message};
  };
  auto sentinel = open_one(url, address, ca_file, limits);
  if (!sentinel) return why(sentinel.error());
  const auto replies = sentinel->run(std::vector<Command>{{"PING"}});
  if (!replies) return why(replies.error());
  if (replies->front().error_code() != "NOAUTH") return sentinel;
  RedisUrl only_password = url;
  only_password.user.clear();
  only_password.database = 0;
  if (const auto done = sentinel->introduce(only_password); !done) return why(done.error());
  return sentinel;
}

// The address is the promoted replica's as soon as the failover's leader knows it; the rest is in the
// sentinel's description of the master.
Result<NamedMaster> Connection::ask_master(const std::string& name) {
  const auto replies =
      run(std::vector<Command>{{"SENTINEL", "MASTER", name}, {"SENTINEL", "get-master-addr-by-name", name}});
  if (!replies) return replies.error();
  const Reply &whole = (*replies)[0], &where = (*replies)[1];
  if (where.kind != Reply::Kind::array || where.items.size() != 2) {
    if (where.is_error()) return refused(where);
    return Fault{ErrorCode::store_unavailable, "the sentinels know no master named " + name};
  }
  NamedMaster named;
  named.address = {where.items[0].text,
                   static_cast<std::uint16_t>(std::strtoul(where.items[1].text.c_str(), nullptr, 10))};
  for (std::size_t i = 0; i + 1 < whole.items.size(); i += 2) {
    const std::string& value = whole.items[i + 1].text;
    if (whole.items[i].text == "config-epoch") named.epoch = std::strtoll(value.c_str(), nullptr, 10);
    if (whole.items[i].text == "num-slaves") named.replicas = std::strtoull(value.c_str(), nullptr, 10);
  }
  return named;
}

bool Connection::readable(std::chrono::milliseconds time) const { return impl_->socket.readable(time); }

Result<Reply> Connection::read_message() {
  return impl_->read_reply(steady_clock::now() + impl_->limits.command);
}

Result<Connection> Connection::open_master(const RedisUrl& url, const Address& address,
                                           const std::string& ca_file, const Limits& limits) {
  auto connection = open_one(url, address, ca_file, limits);
  if (!connection) return connection.error();
  if (const auto done = connection->introduce(url); !done) return done.error();
  // Sentinels may be a moment late, and a name may resolve to a replica: what is written there would be lost.
  // A user may be refused INFO; then a cluster is recognized by its first MOVED.
  auto replies = connection->run(std::vector<Command>{{"ROLE"}, {"INFO", "server"}});
  if (!replies) return replies.error();
  if ((*replies)[1].text.find("redis_mode:cluster") != std::string::npos)
    return Fault{ErrorCode::store_unavailable, kIsCluster};
  const Reply* const role = replies->data();
  if (role->is_error()) return refused(*role);
  if (role->kind != Reply::Kind::array || role->items.empty() || role->items[0].text != "master")
    return Fault{ErrorCode::store_unavailable,
                 "the Redis at " + address.host + " is a replica, not the master"};
  return connection;
}

// Sentinels may disagree: one that is cut off from the others still names the old master. The newest
// configuration is tried first.
Result<Connection> Connection::open(const RedisUrl& url, const std::string& ca_file, const Limits& limits,
                                    const std::optional<NamedMaster>& known) {
  if (url.master.empty()) return open_master(url, url.addresses.front(), ca_file, limits);
  Fault last{ErrorCode::store_unavailable, "no sentinel answers"};
  std::vector<NamedMaster> named;
  if (known) {
    named.push_back(*known);
  } else {
    for (const Address& address : url.addresses) {
      auto sentinel = open_sentinel(url, address, ca_file, limits);
      const auto master = sentinel ? sentinel->ask_master(url.master) : Result<NamedMaster>(sentinel.error());
      if (master) named.push_back(*master);
      else if (named.empty()) last = master.error();
    }
  }
  std::stable_sort(named.begin(), named.end(),
                   [](const NamedMaster& a, const NamedMaster& b) { return a.epoch > b.epoch; });
  std::vector<Address> tried;
  for (const NamedMaster& master : named) {
    if (std::find(tried.begin(), tried.end(), master.address) != tried.end()) continue;
    tried.push_back(master.address);
    auto connection = open_master(url, master.address, ca_file, limits);
    if (connection) {
      connection->named_ = master;
      return connection;
    }
    last = connection.error();
  }
  return last;
}

}  // namespace kgw::redis
