// Implements agent/link_stream_impl.hpp: Beast's TCP stream with its timeout, and TLS over it when the URL
// wants it.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <optional>

#include "agent/link_stream_impl.hpp"

namespace kgw {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using boost::system::error_code;

std::string problem(std::string sentence, error_code why) { return std::move(sentence) + ": " + why.message(); }

}  // namespace

// The socket is in `tls` when there is one, else in `plain`.
struct LinkStream::Layers {
  Layers(AgentLoop::Impl& loop, bool with_tls) : resolver(loop.context) {
    if (with_tls) tls.emplace(loop.context, loop.tls);
    else plain.emplace(loop.context);
  }

  beast::tcp_stream& tcp_layer() { return tls ? tls->next_layer() : *plain; }

  void connect(const tcp::resolver::results_type& found, const Opened& opened) {
    tcp_layer().expires_after(timeout);
    tcp_layer().async_connect(found, [this, opened](error_code failed, const tcp::endpoint&) {
      if (closed) return;
      if (failed == asio::error::connection_refused)
        return opened("Nothing answers at the gateway's address; check that the gateway is running.");
      if (failed) return opened(problem("The gateway can't be reached", failed));
      error_code ignored;
      tcp_layer().socket().set_option(tcp::no_delay(true), ignored);
      if (tls) return secure(opened);
      finish(opened);
    });
  }

  void secure(const Opened& opened) {
    // SNI is for names only (RFC 6066 3).
    if (error_code not_an_address; asio::ip::make_address(host, not_an_address), not_an_address) {
      // What the macro SSL_set_tlsext_host_name does, without its C cast.
      if (SSL_ctrl(tls->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   host.data()) != 1)
        return opened("The gateway's host name can't be used for TLS");
    }
    tls->set_verify_callback(asio::ssl::host_name_verification(host));
    tls->async_handshake(asio::ssl::stream_base::client, [this, opened](error_code failed) {
      if (closed) return;
      if (failed) return opened(problem("The encrypted connection (TLS) could not be set up", failed));
      finish(opened);
    });
  }

  void finish(const Opened& opened) {
    tcp_layer().expires_never();  // the WebSocket has timers of its own
    opened("");
  }

  tcp::resolver resolver;
  std::optional<beast::tcp_stream> plain;
  std::optional<beast::ssl_stream<beast::tcp_stream>> tls;
  std::string host;
  Milliseconds timeout{0};
  bool closed = false;
};

LinkStream::LinkStream(AgentLoop::Impl& loop, bool tls) : layers_(std::make_shared<Layers>(loop, tls)) {}

LinkStream::executor_type LinkStream::get_executor() { return layers_->resolver.get_executor(); }

void LinkStream::open(const GatewayUrl& gateway, Milliseconds timeout, Opened opened) {
  layers_->host = gateway.host;
  layers_->timeout = timeout;
  layers_->resolver.async_resolve(
      gateway.host, gateway.port,
      [layers = layers_.get(), opened = std::move(opened)](error_code failed,
                                                           const tcp::resolver::results_type& found) {
        if (layers->closed) return;
        if (failed) return opened(problem("The gateway's host name could not be resolved", failed));
        layers->connect(found, opened);
      });
}

void LinkStream::close() {
  layers_->closed = true;
  layers_->resolver.cancel();
  layers_->tcp_layer().cancel();
  error_code ignored;
  layers_->tcp_layer().socket().close(ignored);
}

template <class Action>
void LinkStream::on_layers(Action action) {
  if (layers_->tls) action(*layers_->tls);
  else action(*layers_->plain);
}

void LinkStream::read_some(const FewBuffers<asio::mutable_buffer>& into, Moved moved) {
  on_layers([&](auto& stream) {
    stream.async_read_some(into, [kept = layers_, moved = std::move(moved)](
                                     error_code failed, std::size_t bytes) { moved(failed, bytes); });
  });
}

void LinkStream::write_some(const FewBuffers<asio::const_buffer>& from, Moved moved) {
  on_layers([&](auto& stream) {
    stream.async_write_some(from, [kept = layers_, moved = std::move(moved)](
                                      error_code failed, std::size_t bytes) { moved(failed, bytes); });
  });
}

void LinkStream::tear_down(beast::role_type role, Done done) {
  using beast::websocket::async_teardown;
  on_layers([&](auto& stream) {
    async_teardown(role, stream, [kept = layers_, done = std::move(done)](error_code failed) { done(failed); });
  });
}

}  // namespace kgw
