// A real redis-server of a test's own, on a free port, in a directory of its own. It ends with the test.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "redis/connection.hpp"
#include "store_harness.hpp"

namespace kgw::testing {

class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> options = {"--appendonly", "yes", "--appendfsync", "always"})
      : options_(std::move(options)), port_(free_port()) {
    start();
  }
  ~RedisServer() { end(SIGKILL); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const { return port_; }

  void start() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   std::to_string(port_),
                                   "--bind",
                                   "127.0.0.1",
                                   "--dir",
                                   dir_.path().string(),
                                   "--save",
                                   "",
                                   "--logfile",
                                   (dir_.path() / "log").string()};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execvp("redis-server", arguments.data());
      std::_Exit(127);
    }
    wait_until_ready();
  }
  void signal(int number) const { ::kill(pid_, number); }
  void end(int how = SIGTERM) {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, how);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // One command over a connection of its own; an error is a failure of the test.
  redis::Reply run(redis::Command command) const {
    auto connection = redis::Connection::open(*redis::parse_redis_url(url()), {}, {});
    if (!connection) {
      ADD_FAILURE() << connection.error().message;
      return {};
    }
    auto reply = connection->run(std::move(command));
    if (reply) return *reply;
    ADD_FAILURE() << reply.error().message;
    return {};
  }

 private:
  static std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    ::close(fd);
    return ntohs(address.sin_port);
  }
  // The connection is refused until it listens, and "LOADING" until it has read its file: both ask again.
  void wait_until_ready() const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      auto connection = redis::Connection::open(*redis::parse_redis_url(url()), {}, {});
      if (connection && connection->run(redis::Command{"PING"})) return;
      ASSERT_EQ(::waitpid(pid_, nullptr, WNOHANG), 0) << "redis-server ended: is it installed?";
    }
    FAIL() << "redis-server does not answer";
  }

  const std::vector<std::string> options_;
  TempDir dir_;
  std::uint16_t port_;
  pid_t pid_ = -1;
};

}  // namespace kgw::testing
