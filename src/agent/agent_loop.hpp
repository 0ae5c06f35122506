// AgentLoop: the one thread of an agent process that owns links, running calls and timers: an Asio io_context
// behind a pimpl. Names are resolved on Asio's own resolver thread. Unless marked otherwise, call everything
// on the thread that is in run(), or before run().
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kgw {

class AgentLoop {
 public:
  AgentLoop();
  ~AgentLoop();  // requires all links to be gone
  AgentLoop(const AgentLoop&) = delete;

  // Certificates that this file's authorities have signed are good too, beside the system's. Before the first
  // link is started. Error: invalid_argument with a sentence.
  Result<void> trust(const std::string& ca_file);
  // Returns after stop().
  void run();
  // Thread: any. run() returns soon; outstanding tasks are never called.
  void stop();
  // Thread: any. `task` runs on the loop.
  void post(std::function<void()> task);
  // Runs `task` once, after `delay`.
  void after(Milliseconds delay, std::function<void()> task);
  // Reports SIGINT, SIGTERM and SIGHUP to `hook`, on the loop.
  void on_signals(std::function<void(int signal)> hook);

  struct Impl;  // agent/agent_loop_impl.hpp, for code that uses Asio
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
