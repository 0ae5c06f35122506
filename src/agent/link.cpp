// Each connection attempt is one Connection object, kept alive by its own outstanding operations; a Link that
// is done with one detaches from it, so that nothing from an old connection reaches the Link.
#include "agent/link.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>

#include "agent/agent_loop_impl.hpp"
#include "agent/link_stream_impl.hpp"
#include "base/backoff.hpp"
#include "base/limits.hpp"

namespace kgw {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr std::size_t kUnsentMessagesMax = 10'000;
constexpr std::size_t kUnsentBytesMax = 64 * limits::kFrameBytesMax;
constexpr std::size_t kIdleBufferBytes = 64 * 1024;
constexpr auto kCloseTime = std::chrono::seconds(3);
// A connection that lasted this long, or brought a request, was good: the backoff is reset.
constexpr auto kGoodAfter = std::chrono::seconds(10);

std::string refused_sentence(unsigned status) {
  switch (status) {
    case 401:
      return "The gateway does not accept this kiosk's token: it is wrong, expired, or was replaced by a newer "
             "one. Create a new one with `kiosk-gateway kiosk token KIOSK` and put it in the token file.";
    case 403:
      return "This kiosk is disabled at the gateway. Enable it with `kiosk-gateway kiosk enable KIOSK`.";
    case 404:
      return "There is a web server at this address, but no gateway at this path; the URL should end in /ws.";
    case 409:
      return "This kiosk is already connected from somewhere else with the same token. Stop the other agent, "
             "or give each kiosk its own token.";
    case 429: return "The gateway has seen too many wrong tokens from this address and asks us to wait.";
    case 503: return "The gateway is restarting or overloaded; the agent will try again.";
    default: return "The gateway refused the connection with HTTP status " + std::to_string(status) + ".";
  }
}

// What a Connection reports to the Link.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void on_open() = 0;
  virtual void on_text(std::string_view text) = 0;
  virtual void on_written() = 0;
  virtual void on_end(std::string reason, unsigned http_status) = 0;  // the last call
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(AgentLoop::Impl& loop, const Link::Settings& settings, ConnectionOwner& owner)
      : settings_(settings), owner_(&owner), ws_(loop, settings.gateway.tls) {}

  void start(const std::string& token) {
    token_ = token;
    ws_.next_layer().open(settings_.gateway, settings_.connect_timeout,
                          [self = shared_from_this()](std::string problem) {
                            if (!problem.empty()) return self->report(std::move(problem), 0);
                            self->upgrade();
                          });
  }

  // One at a time.
  void write(std::shared_ptr<const std::string> text) {
    ws_.text(true);
    ws_.async_write(asio::buffer(*text), [self = shared_from_this(), text](error_code failed, std::size_t) {
      if (failed) return self->end("The connection to the gateway broke", failed);
      if (self->owner_ != nullptr) self->owner_->on_written();
    });
  }

  // Politely; on_end follows.
  void close() {
    ws_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {
      self->report("closed", 0);
      self->ws_.next_layer().close();
    });
  }

  // At once; the owner hears no more.
  void cut() {
    owner_ = nullptr;
    ws_.next_layer().close();
  }

 private:
  void upgrade() {
    if (owner_ == nullptr) return;
    ws_.set_option(websocket::stream_base::timeout{settings_.connect_timeout, settings_.idle_timeout, true});
    ws_.read_message_max(limits::kFrameBytesMax);
    ws_.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(beast::http::field::authorization, "Bearer " + token_);
      request.set(beast::http::field::user_agent, "kiosk-agent/" KGW_VERSION);
    }));
    ws_.async_handshake(response_, settings_.gateway.host_field(), settings_.gateway.target,
                        [self = shared_from_this()](error_code failed) {
                          if (failed == websocket::error::upgrade_declined) {
                            const unsigned status = self->response_.result_int();
                            return self->report(refused_sentence(status), status);
                          }
                          if (failed) return self->end("There is no gateway at this address", failed);
                          if (self->owner_ == nullptr) return;
                          self->owner_->on_open();
                          self->read();
                        });
  }

  void read() {
    if (owner_ == nullptr) return;
    ws_.async_read(buffer_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (failed) return self->read_ended(failed);
      self->take();
      self->read();
    });
  }

  void take() {
    // v1 has no binary messages.
    if (ws_.got_text() && owner_ != nullptr) {
      const asio::const_buffer bytes = buffer_.data();
      owner_->on_text({static_cast<const char*>(bytes.data()), bytes.size()});
    }
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kIdleBufferBytes) buffer_.shrink_to_fit();
  }

  void read_ended(error_code failed) {
    if (failed == websocket::error::closed) {
      const websocket::close_reason& why = ws_.reason();
      std::string text(why.reason.data(), why.reason.size());
      return report(
          "The gateway closed the connection: " + (text.empty() ? std::string("no reason given") : text) +
              " (" + std::to_string(static_cast<unsigned>(why.code)) + ")",
          0);
    }
    if (failed == beast::error::timeout) return end("The gateway stopped responding", {});
    end("The connection to the gateway broke", failed);
  }

  void end(std::string reason, error_code why) {
    if (why) reason += ": " + why.message();
    report(std::move(reason), 0);
  }

  void report(std::string reason, unsigned http_status) {
    if (owner_ == nullptr) return;
    ConnectionOwner& owner = *owner_;
    owner_ = nullptr;
    ws_.next_layer().close();
    owner.on_end(std::move(reason), http_status);
  }

  const Link::Settings settings_;
  ConnectionOwner* owner_;  // null: nobody is listening any more
  websocket::stream<LinkStream> ws_;
  beast::flat_buffer buffer_{2 * limits::kFrameBytesMax};
  websocket::response_type response_;
  std::string token_;
};

}  // namespace

struct Link::Impl final : ConnectionOwner, std::enable_shared_from_this<Link::Impl> {
  Impl(AgentLoop& agent_loop, Settings given, Hooks given_hooks)
      : loop(agent_loop.impl()),
        settings(std::move(given)),
        hooks(std::move(given_hooks)),
        timer(loop.context) {}

  void attempt() {
    connection = std::make_shared<Connection>(loop, settings, *this);
    connection->start(settings.token());
  }

  void on_open() override {
    up = true;
    opened_at = std::chrono::steady_clock::now();
    if (hooks.up) hooks.up();
    write_next();
  }

  void on_text(std::string_view text) override {
    backoff.reset();
    if (!stopping && hooks.text) hooks.text(text);
  }

  void on_written() override {
    writing = false;
    unsent_bytes -= unsent.front().text->size();
    const std::string tag = std::move(unsent.front().tag);
    unsent.pop_front();
    if (!tag.empty() && hooks.written) hooks.written(tag);
    write_next();
  }

  void on_end(std::string reason, unsigned http_status) override {
    // Otherwise a hook could still reach the finished connection.
    connection.reset();
    const bool was_up = std::exchange(up, false);
    writing = false;
    if (was_up && std::chrono::steady_clock::now() - opened_at >= kGoodAfter) backoff.reset();
    if (stopping) return finish();
    const Milliseconds wait = backoff.next(loop.random);
    timer.expires_after(wait);
    timer.async_wait([weak = weak_from_this()](error_code cancelled) {
      if (const auto self = weak.lock(); self && !cancelled && !self->stopping) self->attempt();
    });
    if (hooks.down) hooks.down({std::move(reason), http_status, was_up, wait});
  }

  void write_next() {
    if (!up || writing || connection == nullptr) return;
    if (!unsent.empty()) {
      writing = true;
      connection->write(unsent.front().text);
    } else if (stopping && !close_sent) {
      close_sent = true;
      connection->close();
    }
  }

  void close(std::function<void()> callback) {
    stopping = true;
    done = std::move(callback);
    timer.cancel();
    if (!up) {
      if (connection) std::exchange(connection, nullptr)->cut();
      return finish();
    }
    // A gateway that does not read the rest, or does not answer the close, must not delay the end.
    timer.expires_after(kCloseTime);
    timer.async_wait([weak = weak_from_this()](error_code cancelled) {
      const auto self = weak.lock();
      if (!self || cancelled || !self->connection) return;
      std::exchange(self->connection, nullptr)->cut();
      self->up = false;
      self->finish();
    });
    write_next();
  }

  // Posted, so that the callback may destroy the link.
  void finish() {
    timer.cancel();
    if (done) asio::post(loop.context, std::exchange(done, nullptr));
  }

  AgentLoop::Impl& loop;
  const Settings settings;
  const Hooks hooks;
  asio::steady_timer timer;
  std::shared_ptr<Connection> connection;
  bool up = false, writing = false, stopping = false, close_sent = false;
  Backoff backoff{settings.backoff_first, settings.backoff_max};
  std::chrono::steady_clock::time_point opened_at;
  struct Unsent {
    std::shared_ptr<const std::string> text;
    std::string tag;
  };
  std::deque<Unsent> unsent;
  std::size_t unsent_bytes = 0;
  std::function<void()> done;
};

Link::Link(AgentLoop& loop, Settings settings, Hooks hooks)
    : impl_(std::make_shared<Impl>(loop, std::move(settings), std::move(hooks))) {}

Link::~Link() {
  impl_->stopping = true;
  impl_->timer.cancel();
  if (impl_->connection) std::exchange(impl_->connection, nullptr)->cut();
}

void Link::start() { impl_->attempt(); }

bool Link::send(std::string text, std::string tag) {
  if (impl_->unsent.size() >= kUnsentMessagesMax || impl_->unsent_bytes + text.size() > kUnsentBytesMax)
    return false;
  impl_->unsent_bytes += text.size();
  impl_->unsent.push_back({std::make_shared<const std::string>(std::move(text)), std::move(tag)});
  impl_->write_next();
  return true;
}

void Link::drop() {
  if (!impl_->connection) return;
  std::exchange(impl_->connection, nullptr)->cut();
  impl_->on_end("The agent closed the connection", 0);
}

void Link::close(std::function<void()> done) { impl_->close(std::move(done)); }
bool Link::is_up() const { return impl_->up; }
std::size_t Link::unsent() const { return impl_->unsent.size(); }

}  // namespace kgw
