#include "agent/demo_terminal.hpp"

#include <array>
#include <charconv>
#include <thread>

#include "agent/simulate/delayed_server.hpp"
#include "base/errors.hpp"
#include "base/random.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

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

struct DemoTerminal::Impl final : DelayedServer {
  explicit Impl(Settings given) : DelayedServer("127.0.0.1", 0), settings(given), thread([this] { run(); }) {}
  ~Impl() override {
    stop();
    thread.join();
  }

  void on_request(const HttpRequest& request) override {
    const std::string_view path = request.head.path;
    if (is_full()) return respond_error(request.call, ErrorCode::overloaded);
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
    answer_later(request.call, takes, 200, std::move(body));
  }

  std::string error_body(ErrorCode code, std::string_view message) override {
    std::string body = "{\"status\":\"error\",\"error\":\"" + std::string(info(code).name) + "\",\"message\":";
    append_json_string(body, message.empty() ? info(code).sentence : message);
    return body + "}";
  }

  void respond_error(HttpCallId call, ErrorCode code) {
    answer(call, info(code).http_status, error_body(code, {}));
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

  const Settings settings;
  SystemRandom random;
  std::uint64_t receipts = 0, tickets = 0;
  std::thread thread;  // begins when all else is there
};

DemoTerminal::DemoTerminal(Settings settings) : impl_(std::make_unique<Impl>(settings)) {}
DemoTerminal::~DemoTerminal() = default;

std::string DemoTerminal::url(std::string_view operation) const {
  return "http://127.0.0.1:" + std::to_string(impl_->port()) + "/" + std::string(operation);
}

}  // namespace kgw
