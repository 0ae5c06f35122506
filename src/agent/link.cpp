// Each connection attempt is one Connection object, kept alive by its own outstanding operations; a Link that
// is done with one detaches from it, so that nothing from an old connection reaches the Link.
#include "agent/link.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket.hpp>
#include <charconv>
#include <deque>
#include <utility>
#include <variant>

#include "agent/agent_loop_impl.hpp"
#include "agent/link_attempts.hpp"
#include "agent/link_stream_impl.hpp"
#include "agent/link_words.hpp"
#include "base/limits.hpp"
#include "wire/kiosk_v2/read.hpp"

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
constexpr auto kMeasureEvery = std::chrono::minutes(1);
constexpr std::string_view kPing = "kiosk-agent";
// A gateway that speaks v2 says so in its first message. One that only repeats what it was offered does not.
constexpr auto kHelloTime = std::chrono::seconds(3);
constexpr unsigned kBadRequest = 400;

bool is_hello(std::string_view text) {
  const auto read = kiosk_v2::read_from_gateway(text);
  const auto* const message = std::get_if<kiosk_v2::FromGateway>(&read);
  return message != nullptr && std::holds_alternative<kiosk_v2::Hello>(*message);
}

// Of a Retry-After in seconds (RFC 9110 10.2.3); nullopt for a date, which would need two clocks that agree.
std::optional<Milliseconds> retry_after_of(const websocket::response_type& response) {
  const auto field = response[beast::http::field::retry_after];
  unsigned seconds = 0;
  const auto [end, failed] = std::from_chars(field.data(), field.data() + field.size(), seconds);
  if (field.empty() || failed != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

struct ConnectionEnd {
  std::string reason;
  unsigned http_status = 0;
  bool stalled = false;
  std::optional<Milliseconds> retry_after{};
};

// What a Connection reports to the Link.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void on_open(bool v2) = 0;  // whether the gateway has chosen v2
  virtual void on_text(std::string_view text) = 0;
  virtual void on_written() = 0;
  virtual void on_pong() = 0;
  virtual void on_end(ConnectionEnd end) = 0;  // the last call
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(AgentLoop::Impl& loop, const Link::Settings& settings, GatewayUrl gateway, ConnectionOwner& owner)
      : settings_(settings), gateway_(std::move(gateway)), owner_(&owner), ws_(loop, gateway_.tls) {}

  void start(const std::string& token, bool offers_v2) {
    token_ = token;
    offers_v2_ = offers_v2;
    ws_.next_layer().open(gateway_, settings_.proxy, settings_.connect_timeout,
                          [self = shared_from_this()](const OpenEnd& end) {
                            if (end.step == OpenEnd::Step::open) return self->upgrade();
                            self->report({.reason = unopened_sentence(self->gateway_, end)});
                          });
  }

  // One at a time.
  void write(std::shared_ptr<const std::string> text) {
    ws_.text(true);
    ws_.async_write(asio::buffer(*text), [self = shared_from_this(), text](error_code failed, std::size_t) {
      if (failed) return self->report({.reason = broken_sentence(failed)});
      if (self->owner_ != nullptr) self->owner_->on_written();
    });
  }

  // Its pong is reported. Nothing happens while an earlier one is under way.
  void ping() {
    if (pinging_) return;
    pinging_ = true;
    ws_.async_ping(websocket::ping_data(kPing.data(), kPing.size()),
                   [self = shared_from_this()](error_code) { self->pinging_ = false; });
  }

  // Politely; on_end follows.
  void close() {
    ws_.async_close(websocket::close_code::normal, [self = shared_from_this()](error_code) {
      self->report({.reason = "closed"});
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
      if (offers_v2_) request.set(beast::http::field::sec_websocket_protocol, kiosk_v2::kSubprotocol);
    }));
    ws_.control_callback([this](websocket::frame_type kind, beast::string_view payload) {
      const bool ours = std::string_view(payload.data(), payload.size()) == kPing;
      if (kind == websocket::frame_type::pong && ours && owner_ != nullptr) owner_->on_pong();
    });
    ws_.async_handshake(response_, gateway_.host_field(), gateway_.target,
                        [self = shared_from_this()](error_code failed) { self->upgraded(failed); });
  }

  void upgraded(error_code failed) {
    if (failed == websocket::error::upgrade_declined) {
      const unsigned status = response_.result_int();
      const auto wait = retry_after_of(response_);
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait.value_or(Milliseconds(0)));
      return report(
          {.reason = refused_sentence(status, seconds.count()), .http_status = status, .retry_after = wait});
    }
    if (failed == beast::error::timeout)
      return report({.reason = "The gateway accepted the connection, but did not answer", .stalled = true});
    if (failed) return report({.reason = "There is no gateway at this address: " + failed.message()});
    if (owner_ == nullptr) return;
    owner_->on_open(response_[beast::http::field::sec_websocket_protocol] == kiosk_v2::kSubprotocol);
    read();
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
      return report({.reason = "The gateway closed the connection: " +
                               (text.empty() ? std::string("no reason given") : text) + " (" +
                               std::to_string(static_cast<unsigned>(why.code)) + ")"});
    }
    if (failed == beast::error::timeout)
      return report({.reason = stalled_sentence(buffer_.size()), .stalled = true});
    report({.reason = broken_sentence(failed)});
  }

  void report(ConnectionEnd end) {
    if (owner_ == nullptr) return;
    ConnectionOwner& owner = *owner_;
    owner_ = nullptr;
    ws_.next_layer().close();
    owner.on_end(std::move(end));
  }

  const Link::Settings settings_;
  const GatewayUrl gateway_;
  ConnectionOwner* owner_;  // null: nobody is listening any more
  websocket::stream<LinkStream> ws_;
  beast::flat_buffer buffer_{2 * limits::kFrameBytesMax};
  websocket::response_type response_;
  std::string token_;
  bool offers_v2_ = false;
  bool pinging_ = false;
};

}  // namespace

struct Link::Impl final : ConnectionOwner, std::enable_shared_from_this<Link::Impl> {
  Impl(AgentLoop& agent_loop, Settings given, Hooks given_hooks)
      : loop(agent_loop.impl()),
        settings(std::move(given)),
        hooks(std::move(given_hooks)),
        timer(loop.context),
        measure_timer(loop.context),
        hello_timer(loop.context),
        attempts({.addresses = settings.gateways.size(),
                  .first = settings.backoff_first,
                  .most = settings.backoff_max,
                  .disabled = settings.disabled_pause}) {}

  static Instant now() { return std::chrono::steady_clock::now(); }

  void attempt() {
    connection = std::make_shared<Connection>(loop, settings, settings.gateways[attempts.address()], *this);
    connection->start(settings.token(), settings.v2 && !refused_v2);
  }

  // Which protocol it is, the gateway's first message says; one that is silent speaks v1.
  void on_open(bool chosen) override {
    opened_at = now();
    if (!chosen) return come_up(false);
    hello_timer.expires_after(kHelloTime);
    hello_timer.async_wait([weak = weak_from_this()](error_code cancelled) {
      if (const auto self = weak.lock(); self && !cancelled && !self->up && self->connection)
        self->come_up(false);
    });
  }

  // What waits was composed for another protocol; the outbox has all of it that counts.
  void come_up(bool is_v2) {
    hello_timer.cancel();
    up = true;
    if (is_v2 || v2) {
      unsent.clear();
      unsent_bytes = 0;
    }
    v2 = is_v2;
    measure();
    if (hooks.up) hooks.up();
    write_next();
  }

  void on_text(std::string_view text) override {
    if (stopping) return;
    if (!up) {
      const bool hello = is_hello(text);
      come_up(hello);
      if (hello) return;
    }
    if (hooks.text) hooks.text(text);
  }

  void on_written() override {
    writing = false;
    unsent_bytes -= unsent.front().text->size();
    const std::string tag = std::move(unsent.front().tag);
    unsent.pop_front();
    if (!tag.empty() && hooks.written) hooks.written(tag);
    write_next();
  }

  void measure() {
    if (!up || !connection) return;
    pinged_at = now();
    connection->ping();
    measure_timer.expires_after(kMeasureEvery);
    measure_timer.async_wait([weak = weak_from_this()](error_code cancelled) {
      if (const auto self = weak.lock(); self && !cancelled) self->measure();
    });
  }

  void on_pong() override { round_trip = now() - pinged_at; }

  void on_end(ConnectionEnd end) override {
    // Otherwise a hook could still reach the finished connection.
    connection.reset();
    const bool was_up = std::exchange(up, false);
    writing = false;
    measure_timer.cancel();
    hello_timer.cancel();
    round_trip.reset();
    if (stopping) return finish();
    // Whatever is in between may not let it through; every other attempt goes without it.
    refused_v2 = !was_up && end.http_status == kBadRequest && !refused_v2;
    const std::size_t ended = attempts.address();
    LinkAttempts::End how{
        .now = now(), .stalled = end.stalled, .http_status = end.http_status, .retry_after = end.retry_after};
    if (was_up) how.lasted = std::chrono::duration_cast<Milliseconds>(how.now - opened_at);
    const auto [next, wait] = attempts.after(how, loop.random);
    timer.expires_after(wait);
    timer.async_wait([weak = weak_from_this()](error_code cancelled) {
      if (const auto self = weak.lock(); self && !cancelled && !self->stopping) self->attempt();
    });
    if (hooks.down)
      hooks.down({.reason = std::move(end.reason),
                  .http_status = end.http_status,
                  .was_up = was_up,
                  .address = ended,
                  .next = next,
                  .retry_after = wait});
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
    measure_timer.cancel();
    hello_timer.cancel();
    if (done) asio::post(loop.context, std::exchange(done, nullptr));
  }

  AgentLoop::Impl& loop;
  const Settings settings;
  const Hooks hooks;
  asio::steady_timer timer, measure_timer, hello_timer;
  std::shared_ptr<Connection> connection;
  bool up = false, writing = false, stopping = false, close_sent = false;
  bool v2 = false;          // what is spoken, or was last
  bool refused_v2 = false;  // the last attempt was a bad request with it
  LinkAttempts attempts;
  Instant opened_at{}, pinged_at{};
  std::optional<std::chrono::nanoseconds> round_trip;
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
  impl_->measure_timer.cancel();
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
  impl_->on_end({.reason = "The agent closed the connection"});
}

void Link::close(std::function<void()> done) { impl_->close(std::move(done)); }
bool Link::is_up() const { return impl_->up; }
bool Link::is_v2() const { return impl_->v2; }
std::size_t Link::address() const { return impl_->attempts.address(); }
std::optional<std::chrono::nanoseconds> Link::round_trip() const { return impl_->round_trip; }
std::size_t Link::unsent() const { return impl_->unsent.size(); }

}  // namespace kgw
