// Implements agent/link_stream_impl.hpp: Beast's TCP stream with its timeout, and TLS over it when the URL
// wants it.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
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

// What was sent and not received for this long is lost: the connection ends.
constexpr auto kUnconfirmedTime = std::chrono::seconds(10);
// An address gets no less than this, however many there are.
constexpr Milliseconds kAddressTime = std::chrono::seconds(3);

// Without it, Linux sends a result again and again into a dead network for a quarter of an hour (tcp(7)).
void bound_unconfirmed(tcp::socket& socket) {
  const unsigned ms = Milliseconds(kUnconfirmedTime).count();
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

// What OpenSSL thinks of the certificate; empty: it is not the certificate.
std::string certificate_fault(SSL* tls, const error_code& failed) {
  if (failed.category() != asio::error::get_ssl_category()) return {};
  if (const long result = SSL_get_verify_result(tls); result != X509_V_OK)
    return X509_verify_cert_error_string(result);
  return {};
}

}  // namespace

// The socket is in `tls` when there is one, else in `plain`.
struct LinkStream::Layers {
  Layers(AgentLoop::Impl& loop, bool with_tls) : resolver(loop.context) {
    if (with_tls) tls.emplace(loop.context, loop.tls);
    else plain.emplace(loop.context);
  }

  beast::tcp_stream& tcp_layer() { return tls ? tls->next_layer() : *plain; }

  void connect(const Opened& opened) {
    // One address that swallows everything must not use up the time of the others.
    tcp_layer().expires_after(address_time);
    tcp_layer().async_connect(address->endpoint(), [this, opened](error_code failed) {
      if (closed) return;
      if (!failed) return connected(opened);
      // Of several reasons: a refusal shows that the host is there.
      if (!why || failed == asio::error::connection_refused) why = failed;
      error_code ignored;
      tcp_layer().socket().close(ignored);  // the next address may be of the other family
      if (++address != tcp::resolver::results_type::iterator()) return connect(opened);
      fail(opened, OpenEnd::Step::connect, why);
    });
  }

  void connected(const Opened& opened) {
    error_code ignored;
    tcp_layer().socket().set_option(tcp::no_delay(true), ignored);
    bound_unconfirmed(tcp_layer().socket());
    tcp_layer().expires_after(timeout);
    if (talk) return ask_proxy(opened);
    through(opened);
  }

  // The bytes reach the gateway from here on.
  void through(const Opened& opened) {
    if (tls) return secure(opened);
    finish(opened);
  }

  void ask_proxy(const Opened& opened) {
    auto text = std::make_shared<const std::string>(talk->take_to_send());
    if (text->empty()) return hear_proxy(opened);
    asio::async_write(tcp_layer(), asio::buffer(*text), [this, opened, text](error_code failed, std::size_t) {
      if (closed) return;
      if (failed) return fail(opened, OpenEnd::Step::proxy, failed);
      hear_proxy(opened);
    });
  }

  void hear_proxy(const Opened& opened) {
    tcp_layer().async_read_some(asio::buffer(heard), [this, opened](error_code failed, std::size_t bytes) {
      if (closed) return;
      if (failed) return fail(opened, OpenEnd::Step::proxy, failed);
      switch (talk->feed({heard.data(), bytes})) {
        case ProxyTalk::State::asking: return ask_proxy(opened);
        case ProxyTalk::State::open: return through(opened);
        case ProxyTalk::State::refused: return fail(opened, OpenEnd::Step::proxy, {}, talk->problem());
      }
    });
  }

  void fail(const Opened& opened, OpenEnd::Step step, error_code failed, std::string detail = {}) {
    opened({step, failed, std::move(detail), proxy_shown});
  }

  void secure(const Opened& opened) {
    // SNI is for names only (RFC 6066 3).
    if (error_code not_an_address; asio::ip::make_address(host, not_an_address), not_an_address) {
      // What the macro SSL_set_tlsext_host_name does, without its C cast.
      if (SSL_ctrl(tls->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   host.data()) != 1)
        return opened({OpenEnd::Step::tls, asio::error::invalid_argument, "the host name is not usable"});
    }
    tls->set_verify_callback(asio::ssl::host_name_verification(host));
    tls->async_handshake(asio::ssl::stream_base::client, [this, opened](error_code failed) {
      if (closed) return;
      if (failed) return opened({OpenEnd::Step::tls, failed, certificate_fault(tls->native_handle(), failed)});
      finish(opened);
    });
  }

  void finish(const Opened& opened) {
    tcp_layer().expires_never();  // the WebSocket has timers of its own
    opened({});
  }

  tcp::resolver resolver;
  std::optional<beast::tcp_stream> plain;
  std::optional<beast::ssl_stream<beast::tcp_stream>> tls;
  std::string host;
  Milliseconds timeout{0}, address_time{0};
  tcp::resolver::results_type::iterator address;  // the one that is tried
  error_code why;                                 // the earlier ones failed
  std::optional<ProxyTalk> talk;                  // with a proxy
  std::string proxy_shown;
  std::array<char, 1024> heard{};
  bool closed = false;
};

LinkStream::LinkStream(AgentLoop::Impl& loop, bool tls) : layers_(std::make_shared<Layers>(loop, tls)) {}

LinkStream::executor_type LinkStream::get_executor() { return layers_->resolver.get_executor(); }

void LinkStream::open(const GatewayUrl& gateway, const std::optional<ProxyUrl>& proxy, Milliseconds timeout,
                      Opened opened) {
  layers_->host = gateway.host;
  layers_->timeout = timeout;
  if (proxy) {
    layers_->talk.emplace(*proxy, gateway.host, gateway.port);
    layers_->proxy_shown = proxy->host + ", port " + proxy->port;
  }
  layers_->resolver.async_resolve(
      proxy ? proxy->host : gateway.host, proxy ? proxy->port : gateway.port,
      [layers = layers_.get(), opened = std::move(opened)](error_code failed,
                                                           const tcp::resolver::results_type& found) {
        if (layers->closed) return;
        if (failed || found.empty())
          return layers->fail(opened, OpenEnd::Step::name, failed ? failed : asio::error::host_not_found);
        const auto addresses = static_cast<Milliseconds::rep>(found.size());
        layers->address_time = std::min(layers->timeout, std::max(layers->timeout / addresses, kAddressTime));
        layers->address = found.begin();
        layers->connect(opened);
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
