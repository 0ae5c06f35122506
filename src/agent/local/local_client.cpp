#include "agent/local/local_client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "agent/agent_loop_impl.hpp"
#include "agent/link_stream_impl.hpp"
#include "agent/link_words.hpp"
#include "agent/local/local_url.hpp"
#include "base/ascii.hpp"
#include "wire/base64.hpp"

namespace kgw {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Trouble = OutboundAnswer::Trouble;

constexpr std::size_t kBeginningBytes = 1024;      // kept of an answer that is too large
constexpr std::size_t kFieldBytesMax = 64 * 1024;  // of an answer, all together
constexpr std::size_t kReadBytes = 64 * 1024;

bool takes_body(const std::string& method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

// The whole request (RFC 9112 3).
std::string request_text(const OutboundRequest& request, const LocalUrl& url) {
  std::string text = request.method + " " + url.place.target + " HTTP/1.1\r\nHost: " + url.place.host_field() +
                     "\r\nUser-Agent: kiosk-agent/" KGW_VERSION "\r\nConnection: close\r\n";
  if (!url.credentials.empty()) text += "Authorization: Basic " + base64_encode(url.credentials) + "\r\n";
  for (const std::string& field : request.fields) text += field + "\r\n";
  if (takes_body(request.method) || !request.body.empty())
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

std::string unopened_words(const LocalUrl& url, const OpenEnd& end) {
  if (end.why == asio::error::connection_refused) return "nothing listens there";
  if (end.step == OpenEnd::Step::name)
    return "the host name " + url.place.host + " could not be resolved (" + end.why.message() + ")";
  return end.why.message() + (end.detail.empty() ? "" : " (" + end.detail + ")");
}

}  // namespace

// Kept alive by its own outstanding operations.
class LocalClient::Call : public std::enable_shared_from_this<Call> {
 public:
  using Done = std::function<void(OutboundAnswer)>;

  Call(AgentLoop::Impl& loop, OutboundRequest request, LocalUrl url, Done done)
      : request_(std::move(request)),
        url_(std::move(url)),
        done_(std::move(done)),
        stream_(loop, url_.place.tls),
        timer_(loop.context, request_.timeout) {}

  void start(const std::optional<ProxyUrl>& proxy) {
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (cancelled) return;
      self->end(self->opened_ ? Trouble::timed_out : Trouble::refused, "it did not answer in time");
    });
    stream_.open(url_.place, proxy, std::min(request_.connect_timeout, request_.timeout),
                 [self = shared_from_this()](const OpenEnd& end) {
                   if (end.step == OpenEnd::Step::open) return self->write();
                   self->end(Trouble::refused, unopened_words(self->url_, end));
                 });
  }

  // At once; nothing is reported.
  void cut() {
    done_ = nullptr;
    timer_.cancel();
    stream_.close();
  }

 private:
  void write() {
    if (!done_) return;
    opened_ = true;
    const auto text = std::make_shared<const std::string>(request_text(request_, url_));
    asio::async_write(stream_, asio::buffer(*text),
                      [self = shared_from_this(), text](error_code failed, std::size_t) {
                        // A service may answer, and close, before it has read everything.
                        self->why_not_written_ = failed;
                        self->read();
                      });
  }

  void read() {
    if (!done_) return;
    parser_.emplace();
    parser_->body_limit(request_.answer_bytes_max);
    parser_->header_limit(kFieldBytesMax);
    parser_->skip(request_.method == "HEAD");
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
  }

  void on_read(error_code failed) {
    if (!done_) return;
    if (failed == http::error::body_limit || failed == http::error::header_limit)
      return end(Trouble::too_large, "the answer is too large");
    if (failed == http::error::end_of_stream && why_not_written_) failed = why_not_written_;
    if (failed == http::error::end_of_stream)
      return end(Trouble::other, "it closed the connection without an answer");
    if (failed == http::error::partial_message)
      return end(Trouble::other, "it closed the connection in the middle of its answer");
    if (failed) return end(Trouble::other, failed.message());
    if (parser_->get().result_int() < 200) return read();  // an interim answer (RFC 9110 15.2)
    end(Trouble::none, {});
  }

  void end(Trouble trouble, std::string why) {
    if (!done_) return;
    OutboundAnswer answer{.trouble = trouble, .why = std::move(why)};
    if (trouble == Trouble::none || (trouble == Trouble::too_large && parser_->is_header_done())) take(answer);
    const Done done = std::exchange(done_, nullptr);
    cut();
    done(std::move(answer));
  }

  void take(OutboundAnswer& answer) {
    auto& message = parser_->get();
    answer.status = message.result_int();
    answer.body = std::move(message.body());
    if (answer.trouble == Trouble::too_large) answer.body.resize(std::min(answer.body.size(), kBeginningBytes));
    for (const auto& field : message)
      answer.fields.emplace_back(ascii::lowered(std::string_view(field.name_string())), field.value());
  }

  const OutboundRequest request_;
  const LocalUrl url_;
  Done done_;  // null: nobody is listening any more
  LinkStream stream_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_{kFieldBytesMax + kReadBytes};
  std::optional<http::response_parser<http::string_body>> parser_;
  error_code why_not_written_;
  bool opened_ = false;  // the service may have something of the request
};

LocalClient::LocalClient(AgentLoop& loop, std::size_t calls_max)
    : loop_(loop), calls_max_(calls_max), self_(std::make_shared<LocalClient*>(this)) {}

LocalClient::~LocalClient() {
  *self_ = nullptr;
  for (const auto& [id, call] : calls_)
    if (call) call->cut();
}

bool LocalClient::start(OutboundRequest request, std::function<void(OutboundAnswer)> callback) {
  if (calls_.size() >= calls_max_) return false;
  const std::uint64_t id = ++ids_;
  auto done = [self = self_, id, callback = std::move(callback)](OutboundAnswer answer) {
    if (*self == nullptr) return;
    (*self)->calls_.erase(id);
    callback(std::move(answer));
  };
  auto url = parse_local_url(request.url);
  auto proxy = request.proxy.empty() ? Result<ProxyUrl>(ProxyUrl{}) : parse_proxy_url(request.proxy);
  if (!url || !proxy) {
    calls_.emplace(id, nullptr);
    OutboundAnswer answer{.trouble = Trouble::refused,
                          .why = url ? proxy.error().message : "its URL is none that can be called"};
    asio::post(loop_.impl().context, [done, answer] { done(answer); });
    return true;
  }
  const bool direct = request.proxy.empty();
  const auto call = std::make_shared<Call>(loop_.impl(), std::move(request), *std::move(url), std::move(done));
  calls_.emplace(id, call);
  call->start(direct ? std::nullopt : std::optional(*std::move(proxy)));
  return true;
}

OutboundAnswer LocalClient::run(OutboundRequest request, const std::string& ca_file) {
  AgentLoop loop;
  OutboundAnswer answer;
  if (!ca_file.empty())
    if (const auto trusted = loop.trust(ca_file); !trusted)
      return {.trouble = Trouble::refused, .why = trusted.error().message};
  LocalClient client(loop);
  client.start(std::move(request), [&](OutboundAnswer got) {
    answer = std::move(got);
    loop.stop();
  });
  loop.run();
  return answer;
}

}  // namespace kgw
