// LinkStream: the bytes below a Link's WebSocket, over TCP or TLS, as one type: Beast's WebSocket is by far the
// most expensive template of this program to compile, and so it is compiled once, over callbacks of one type,
// and not for each stream. Fulfils Beast's AsyncStream, one read and one write at a time, on the AgentLoop's
// thread. Includes Asio, so only .cpp files of agent/ include it.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "agent/agent_loop_impl.hpp"
#include "agent/gateway_url.hpp"
#include "agent/link_words.hpp"
#include "agent/proxy_talk.hpp"
#include "base/clock.hpp"

namespace kgw {

// The first few of a sequence's buffers. AsyncStream may take less than is offered, and is then offered the
// rest.
template <class Buffer>
class FewBuffers {
 public:
  using value_type = Buffer;
  using const_iterator = const Buffer*;

  template <class Sequence>
  explicit FewBuffers(const Sequence& all) {
    const auto end = boost::asio::buffer_sequence_end(all);
    for (auto at = boost::asio::buffer_sequence_begin(all); at != end && size_ < some_.size(); ++at) {
      const Buffer buffer(*at);
      if (buffer.size() > 0) some_[size_++] = buffer;
    }
  }
  const Buffer* begin() const { return some_.data(); }
  const Buffer* end() const { return some_.data() + size_; }

 private:
  std::array<Buffer, 4> some_;
  std::size_t size_ = 0;
};

class LinkStream {
 public:
  using executor_type = boost::asio::any_io_executor;
  using Moved = std::function<void(boost::system::error_code, std::size_t bytes)>;
  using Done = std::function<void(boost::system::error_code)>;
  using Opened = std::function<void(const OpenEnd& end)>;

  // `loop` must outlive the stream.
  LinkStream(AgentLoop::Impl& loop, bool tls);
  LinkStream(const LinkStream&) = delete;

  // Resolves the host's name, then tries its addresses (IPv6 and IPv4) one after the other, each for its share
  // of `timeout`, and sets up TLS within `timeout`. `opened` is called once; not at all once the stream is
  // closed. With a proxy, those are its name and addresses. What it holds has to keep the stream alive.
  void open(const GatewayUrl& gateway, const std::optional<ProxyUrl>& proxy, Milliseconds timeout,
            Opened opened);
  // At once; a read or write that is under way ends with an error.
  void close();

  executor_type get_executor();
  template <class Buffers, class Handler>
  void async_read_some(const Buffers& into, Handler&& handler) {
    read_some(FewBuffers<boost::asio::mutable_buffer>(into),
              called_once<Moved>(std::forward<Handler>(handler)));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& from, Handler&& handler) {
    write_some(FewBuffers<boost::asio::const_buffer>(from), called_once<Moved>(std::forward<Handler>(handler)));
  }

  // Beast finds these two by their names (its websocket/teardown.hpp and core/stream_traits.hpp): the orderly
  // end of the layers below the WebSocket, and the other one.
  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, LinkStream& stream, Handler&& handler) {
    stream.tear_down(role, called_once<Done>(std::forward<Handler>(handler)));
  }
  friend void beast_close_socket(LinkStream& stream) { stream.close(); }

 private:
  struct Layers;

  // Beast's handlers can only be moved, and must be out of what holds them when they are called.
  template <class Function, class Handler>
  static Function called_once(Handler&& handler) {
    return [held = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler))](auto&&... result) {
      auto out = std::move(*held);
      std::move(out)(std::forward<decltype(result)>(result)...);
    };
  }
  void read_some(const FewBuffers<boost::asio::mutable_buffer>& into, Moved moved);
  void write_some(const FewBuffers<boost::asio::const_buffer>& from, Moved moved);
  void tear_down(boost::beast::role_type role, Done done);
  template <class Action>
  void on_layers(Action action);

  std::shared_ptr<Layers> layers_;  // and each operation's: it may end after the stream
};

}  // namespace kgw
