// AgentLoop's internals. Includes Asio, so only .cpp files of agent/ include it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>

#include "agent/agent_loop.hpp"
#include "base/random.hpp"

namespace kgw {

struct AgentLoop::Impl {
  Impl();
  ~Impl();
  void wait_for_signal();

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  boost::asio::signal_set signals{context};
  std::function<void(int)> on_signal;
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_client};
  SystemRandom random;
};

}  // namespace kgw
