// AgentLoop: the one thread of an agent process that owns links, running calls and timers: an Asio io_context
// behind a pimpl. Names are resolved by Asio's own resolver thread. Everything that is not marked otherwise
// belongs to the thread that is in run() (or to the one that sets things up before it).
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace kgw {

class AgentLoop {
 public:
  AgentLoop();
  ~AgentLoop();  // links must be gone by then
  AgentLoop(const AgentLoop&) = delete;

  // Until stop().
  void run();
  // From any thread: run() returns soon; what is still outstanding is never called.
  void stop();
  // From any thread: `task` runs on the loop.
  void post(std::function<void()> task);
  // Runs `task` once, that much later.
  void after(Milliseconds delay, std::function<void()> task);
  // SIGINT and SIGTERM reach `hook` on the loop.
  void on_signals(std::function<void(int signal)> hook);

  struct Impl;  // agent/agent_loop_impl.hpp, for those who speak Asio
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
