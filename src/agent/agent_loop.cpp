#include "agent/agent_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/agent_loop_impl.hpp"
#include "base/signals.hpp"

namespace kgw {

namespace asio = boost::asio;

AgentLoop::Impl::Impl() {
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  // The system's certificate store; the environment's SSL_CERT_FILE names another one (a shop's own CA).
  tls.set_default_verify_paths();
  tls.set_verify_mode(asio::ssl::verify_peer);
}

AgentLoop::Impl::~Impl() {
  if (on_signal) ignore_further_signals([this] { signals.clear(); });
}

void AgentLoop::Impl::wait_for_signal() {
  signals.async_wait([this](const boost::system::error_code& failed, int signal) {
    if (failed) return;
    wait_for_signal();
    on_signal(signal);
  });
}

AgentLoop::AgentLoop() : impl_(std::make_unique<Impl>()) {}
AgentLoop::~AgentLoop() = default;

Result<void> AgentLoop::trust(const std::string& ca_file) {
  boost::system::error_code failed;
  impl_->tls.load_verify_file(ca_file, failed);
  if (!failed) return {};
  return Fault{ErrorCode::invalid_argument,
               "The file of certificate authorities '" + ca_file + "' can't be used (" + failed.message() +
                   "); it has to be readable and in PEM form, with BEGIN CERTIFICATE in it."};
}

void AgentLoop::run() { impl_->context.run(); }
void AgentLoop::stop() { impl_->context.stop(); }
void AgentLoop::post(std::function<void()> task) { asio::post(impl_->context, std::move(task)); }

void AgentLoop::after(Milliseconds delay, std::function<void()> task) {
  auto timer = std::make_shared<asio::steady_timer>(impl_->context, delay);
  timer->async_wait([timer, task = std::move(task)](const boost::system::error_code& failed) {
    if (!failed) task();
  });
}

void AgentLoop::on_signals(std::function<void(int signal)> hook) {
  impl_->on_signal = std::move(hook);
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.add(SIGHUP);
  impl_->wait_for_signal();
}

}  // namespace kgw
