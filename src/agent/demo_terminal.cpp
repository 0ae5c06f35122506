#include "agent/demo_terminal.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <map>
#include <stdexcept>
#include <thread>

#include "base/errors.hpp"
#include "base/random.hpp"
#include "net/http_server.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr std::size_t kWaitingMax = 10'000;

JsonMember named(std::string_view name) {
  JsonMember member;
  member.name = name;
  return member;
}

// Returns the member's bytes as received, or null if there is none.
std::string_view echo(const JsonMember& member) { return member.count == 0 ? "null" : member.value; }

// A sum that is missing or not a number is one that the card can pay.
bool exceeds_card(const JsonMember& sum) {
  double number = 0;
  std::from_chars(sum.value.data(), sum.value.data() + sum.value.size(), number);
  return number > kDemoCardHolds;
}

}  // namespace

// Everything except `ending` and `port` belongs to the thread.
struct DemoTerminal::Impl final : HttpHandler, WsHandler {
  explicit Impl(Settings given) : settings(given), loop(clock), server(loop, *this, *this) {
    const auto listening = server.listen({.host = "127.0.0.1", .port = 0, .connections_max = kWaitingMax});
    if (!listening) throw std::runtime_error(listening.error().message);
    loop.set_timer(
        [this]() -> std::optional<Instant> {
          const auto next = server.next_deadline();
          if (due.empty()) return next;
          return next ? std::min(*next, due.begin()->first) : due.begin()->first;
        },
        [this](const Now& now) {
          server.on_tick(now);
          answer_due(now.steady);
        });
    loop.set_end_of_turn([this] { server.flush(); });
    loop.set_on_wake([this] {
      if (!ending) return;
      server.close_all(WsClose::going_away, "");
      loop.stop();
    });
    thread = std::thread([this] { loop.run(); });
  }

  ~Impl() override {
    ending = true;
    loop.wake();
    thread.join();
  }

  BodyPolicy body_policy(const HttpHead&) override { return {limits::kBodyBytesMax}; }

  void on_request(const HttpRequest& request) override {
    const std::string_view path = request.head.path;
    if (due.size() >= kWaitingMax) return respond_error(request.call, ErrorCode::overloaded);
    std::array<JsonMember, 2> members{named("order_id"), named("sum")};
    if (!request.body.empty() && !json_scan(request.body, members).valid)
      return respond_error(request.call, ErrorCode::invalid_json);
    const bool declined = path == "/payment" && exceeds_card(members[1]);
    const std::string extra = declined ? "\"reason\":\"insufficient_funds\"" : work(path);
    if (extra.empty()) return respond_error(request.call, ErrorCode::not_found);
    std::string body = declined ? "{\"status\":\"declined\"," : "{\"status\":\"success\",";
    body += extra + ",\"order_id\":";
    body += echo(members[0]);
    body += ",\"sum\":";
    body += echo(members[1]);
    body += '}';
    const Milliseconds takes = path == "/payment" ? card_time() : card_time() / 5;
    due.emplace(loop.now().steady + takes, std::pair(request.call, std::move(body)));
  }

  void on_caller_gone(HttpCallId call, bool can_write) override {
    if (can_write) return;
    std::erase_if(due, [call](const auto& entry) { return entry.second.first == call; });
  }

  std::string error_body(ErrorCode code, std::string_view message) override {
    std::string body = "{\"status\":\"error\",\"error\":\"" + std::string(info(code).name) + "\",\"message\":";
    append_json_string(body, message.empty() ? info(code).sentence : message);
    return body + "}";
  }

  void on_ws_text(WsId, std::string_view) override {}
  void on_ws_alive(WsId) override {}
  void on_ws_pong(WsId, std::string_view) override {}
  void on_ws_closed(WsId, std::uint16_t, std::string_view) override {}

  void respond_error(HttpCallId call, ErrorCode code) {
    const std::string body = error_body(code, {});
    server.respond(call, {.status = info(code).http_status, .body = body});
  }

  // Returns what the service answers, or "" if there is no such service.
  std::string work(std::string_view path) {
    const std::string number = std::to_string(1'000'000'000 + random.next() % 9'000'000'000);
    if (path == "/payment") return "\"transaction_id\":\"TXN" + number + "\"";
    if (path == "/fiscal")
      return "\"receipt_number\":" + std::to_string(++receipts) + ",\"fiscal_sign\":\"" + number + "\"";
    if (path == "/kds") return "\"ticket\":" + std::to_string(++tickets);
    if (path == "/print") return "\"printed\":true";
    return {};
  }

  Milliseconds card_time() {
    const auto span = static_cast<std::uint64_t>((settings.card_max - settings.card_min).count()) + 1;
    return settings.card_min + Milliseconds(static_cast<std::int64_t>(random.next() % span));
  }

  void answer_due(Instant now) {
    while (!due.empty() && due.begin()->first <= now) {
      const auto answer = due.extract(due.begin());
      server.respond(answer.mapped().first, {.body = answer.mapped().second});
    }
  }

  const Settings settings;
  const SystemClock clock;
  SystemRandom random;
  Loop loop;
  HttpServer server;
  std::multimap<Instant, std::pair<HttpCallId, std::string>> due;
  std::uint64_t receipts = 0, tickets = 0;
  std::atomic<bool> ending{false};
  std::thread thread;
};

DemoTerminal::DemoTerminal(Settings settings) : impl_(std::make_unique<Impl>(settings)) {}
DemoTerminal::~DemoTerminal() = default;

std::string DemoTerminal::url(std::string_view operation) const {
  return "http://127.0.0.1:" + std::to_string(impl_->server.port()) + "/" + std::string(operation);
}

}  // namespace kgw
