#include "agent/health/health_server.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/errors.hpp"
#include "base/json_text.hpp"
#include "net/http_server.hpp"

namespace kgw {
namespace {

constexpr std::size_t kConnectionsMax = 32;
// Nothing of another site may be in the page, nor the page in another site.
constexpr std::string_view kPageFields =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n"
    "Cache-Control: no-store\r\n";
constexpr std::string_view kFields = "Cache-Control: no-store\r\n";

enum class Form : std::uint8_t { json, metrics, english, russian };

Form page_form(const HttpHead& head) {
  const std::string_view target = head.target;
  if (target.ends_with("?lang=ru")) return Form::russian;
  if (target.ends_with("?lang=en")) return Form::english;
  const PageLanguage language = language_of(head.find("accept-language").value_or(""));
  return language == PageLanguage::russian ? Form::russian : Form::english;
}

}  // namespace

// Everything but what `mutex` guards belongs to the thread.
struct HealthServer::Impl final : HttpHandler, WsHandler {
  explicit Impl(Ask given) : ask(std::move(given)), loop(clock), server(loop, *this, *this) {
    loop.set_timer([this] { return server.next_deadline(); }, [this](const Now& now) { server.on_tick(now); });
    loop.set_end_of_turn([this] { server.flush(); });
    loop.set_on_wake([this] {
      answer_ready();
      if (!ending) return;
      server.close_all(WsClose::going_away, "");
      loop.stop();
    });
  }
  ~Impl() override {
    if (!thread.joinable()) return;
    ending = true;
    loop.wake();
    thread.join();
  }

  BodyPolicy body_policy(const HttpHead&) override { return {}; }

  void on_request(const HttpRequest& request) override {
    const std::string_view path = request.head.path;
    if (request.head.method != "GET" && request.head.method != "HEAD")
      return respond_error(request.call, ErrorCode::method_not_allowed);
    if (path == "/health") return want(request.call, Form::json);
    if (path == "/metrics") return want(request.call, Form::metrics);
    if (path == "/") return want(request.call, page_form(request.head));
    respond_error(request.call, ErrorCode::not_found);
  }

  void want(HttpCallId call, Form form) {
    wanted.emplace(call, form);
    ask([this, call](HealthReport report) {
      {
        const std::lock_guard lock(mutex);
        ready.emplace_back(call, std::move(report));
      }
      loop.wake();
    });
  }

  void answer_ready() {
    std::vector<std::pair<HttpCallId, HealthReport>> now;
    {
      const std::lock_guard lock(mutex);
      now.swap(ready);
    }
    for (const auto& [call, report] : now) {
      const auto found = wanted.find(call);
      if (found == wanted.end()) continue;  // the client has left
      const Form form = found->second;
      wanted.erase(found);
      respond(call, form, report);
    }
  }

  // Always 200: whoever restarts an agent that is not well would restart it for the gateway's outage too.
  void respond(HttpCallId call, Form form, const HealthReport& report) {
    switch (form) {
      case Form::json: return server.respond(call, {.extra_fields = kFields, .body = health_json(report)});
      case Form::metrics:
        return server.respond(call, {.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                     .extra_fields = kFields,
                                     .body = health_metrics(report)});
      case Form::english:
      case Form::russian:
        return server.respond(
            call, {.content_type = "text/html; charset=utf-8",
                   .extra_fields = kPageFields,
                   .body = health_page(report,
                                       form == Form::russian ? PageLanguage::russian : PageLanguage::english)});
    }
  }

  void respond_error(HttpCallId call, ErrorCode code) {
    server.respond(call, {.status = info(code).http_status, .body = error_body(code, {})});
  }
  std::string error_body(ErrorCode code, std::string_view message) override {
    std::string body = "{\"error\":\"" + std::string(info(code).name) + "\",\"message\":";
    append_json_string(body, message.empty() ? info(code).sentence : message);
    return body + "}";
  }
  void on_caller_gone(HttpCallId call, bool can_write) override {
    if (!can_write) wanted.erase(call);
  }
  void on_ws_text(WsId, std::string_view) override {}
  void on_ws_alive(WsId) override {}
  void on_ws_pong(WsId, std::string_view) override {}
  void on_ws_closed(WsId, std::uint16_t, std::string_view) override {}

  const Ask ask;
  const SystemClock clock;
  Loop loop;
  HttpServer server;
  std::unordered_map<HttpCallId, Form> wanted;
  std::mutex mutex;
  std::vector<std::pair<HttpCallId, HealthReport>> ready;
  std::atomic<bool> ending{false};
  std::thread thread;
};

HealthServer::HealthServer() = default;
HealthServer::~HealthServer() = default;

Result<std::unique_ptr<HealthServer>> HealthServer::start(std::uint16_t port, Ask ask) {
  std::unique_ptr<HealthServer> server(new HealthServer());
  server->impl_ = std::make_unique<Impl>(std::move(ask));
  auto listening =
      server->impl_->server.listen({.host = "127.0.0.1", .port = port, .connections_max = kConnectionsMax});
  if (!listening) {
    // What follows names a setting of the gateway.
    const std::string& why = listening.error().message;
    return Fault{listening.error().code, "The health page " + why.substr(0, why.find("; ")) +
                                             "; set HEALTH_CHECK_PORT to a free port, or to off."};
  }
  server->impl_->thread = std::thread([impl = server->impl_.get()] { impl->loop.run(); });
  return server;
}

std::uint16_t HealthServer::port() const { return impl_->server.port(); }

}  // namespace kgw
