#include "agent/kiosk_agent.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>
#include <variant>

#include "agent/execution/messages_v2.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/read.hpp"

namespace kgw {
namespace {

constexpr std::size_t kHeldMax = kiosk_v2::kResumeIdsMax;

}  // namespace

KioskAgent::KioskAgent(Settings settings, const Routes& routes, std::unique_ptr<Outbox> outbox,
                       const Clock& clock, const BootClock& boot)
    : settings_(std::move(settings)),
      clock_(clock),
      outbox_(std::move(outbox)),
      log_(clock_, {.level = settings_.log_level, .human = isatty(STDOUT_FILENO) != 0}),
      longest_call_(routes.longest_timeout()),
      http_(loop_),
      programs_(loop_),
      runner_({.http = http_, .programs = programs_, .outbox = *outbox_, .clock = clock_, .boot = boot},
              std::make_shared<const Routes>(routes), {}, runner_hooks()),
      link_(loop_, link_settings(), link_hooks()),
      delivery_(*outbox_, link_, clock_, [this](const Fault& fault) { on_fault(fault); }),
      routes_(std::make_shared<const Routes>(routes)),
      devices_(
          http_, clock_,
          [this](Milliseconds delay, std::function<void()> task) { loop_.after(delay, std::move(task)); },
          [this](const DeviceState& device) { on_device(device); }, {}),
      started_(clock_.now()),
      link_since_(started_.wall) {
  say(LogLevel::info, "agent_started",
      {{"version", KGW_VERSION},
       {"kiosk_id", settings_.kiosk},
       {"gateway", settings_.gateways.front().shown()},
       {"routes", routes.operations()},
       {"outbox_id", outbox_->id()}});
}

Result<void> KioskAgent::run() {
  if (!settings_.ca_file.empty())
    if (auto trusted = loop_.trust(settings_.ca_file); !trusted) return trusted;
  loop_.on_signals([this](int signal) { on_signal(signal); });
  if (auto resumed = runner_.resume(); !resumed) return resumed;
  start_health();
  devices_.use(routes_);
  link_.start();
  loop_.run();
  return {};
}

Runner::Hooks KioskAgent::runner_hooks() {
  return {
      .owed = [this] { on_owed(); },
      .unrecorded = [this](std::string message) { send_unrecorded(std::move(message)); },
      .report = [this](const RunnerReport& report) { on_report(report); },
      .recorded = [this](const std::string& request_id) { on_recorded(request_id); },
      .after = [this](Milliseconds delay, std::function<void()> task) { loop_.after(delay, std::move(task)); }};
}

Link::Hooks KioskAgent::link_hooks() {
  return {.up = [this] { on_up(); },
          .down = [this](const LinkDown& down) { on_down(down); },
          .text = [this](std::string_view text) { on_text(text); },
          .written = [this](const std::string& request_id) { delivery_.on_written(request_id); }};
}

Link::Settings KioskAgent::link_settings() const {
  Link::Settings settings;
  settings.gateways = settings_.gateways;
  settings.proxy = settings_.proxy;
  settings.backoff_max = settings_.reconnect_max;
  settings.token = settings_.token;
  settings.v2 = true;
  return settings;
}

void KioskAgent::say(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  log_.write(level, event, fields);
  log_.flush();
}

void KioskAgent::on_up() {
  link_since_ = clock_.now().wall;
  say(LogLevel::info, "gateway_connected",
      {{"kiosk_id", settings_.kiosk}, {"gateway", settings_.gateways[link_.address()].shown()}});
  if (link_.is_v2()) say_what_is_held();
  delivery_.on_up();
}

// Its first message over v2 (PROTOCOL.md 4). Without it nothing is sent here.
void KioskAgent::say_what_is_held() {
  const auto held = outbox_->held(kHeldMax);
  if (!held) {
    on_fault(held.error());
    return link_.drop();
  }
  link_.send(v2_resume(outbox_->id(), *held, *routes_));
}

void KioskAgent::on_text(std::string_view text) {
  if (!link_.is_v2()) return runner_.on_text(text);
  const auto read = kiosk_v2::read_from_gateway(text);
  // Refused, if it names a request: what can't be read may be what it must not start without.
  if (const auto* const broken = std::get_if<kiosk_v2::Broken>(&read))
    return runner_.on_text(text, "The gateway's message can't be read: " + broken->why + ".");
  const auto* const message = std::get_if<kiosk_v2::FromGateway>(&read);
  if (message == nullptr) return;  // of a later version
  if (const auto* const stored = std::get_if<kiosk_v2::Stored>(message))
    return delivery_.on_stored(stored->request_id.text());
  if (const auto* const request = std::get_if<kiosk_v2::Request>(message))
    runner_.on_text(text, request->require.empty()
                              ? ""
                              : "This kiosk's agent can't check devices before a call; nothing was done.");
}

void KioskAgent::on_recorded(const std::string& request_id) {
  if (link_.is_up() && link_.is_v2()) link_.send(v2_accepted(request_id));
}

void KioskAgent::on_down(const LinkDown& down) {
  if (down.was_up) link_since_ = clock_.now().wall;
  ++(down.was_up ? stats_.links_lost : stats_.attempts_failed);
  last_error_ = {down.reason, clock_.now().wall};
  const std::string_view event = down.was_up             ? "gateway_lost"
                                 : down.http_status != 0 ? "gateway_refused"
                                                         : "gateway_unreachable";
  say(LogLevel::warning, event,
      {{"kiosk_id", settings_.kiosk},
       {"gateway", settings_.gateways[down.address].shown()},
       {"reason", down.reason},
       {"retry_ms", std::int64_t{down.retry_after.count()}},
       {"next", settings_.gateways[down.next].shown()}});
  delivery_.on_down(down.was_up);
}

void KioskAgent::on_report(const RunnerReport& report) {
  using Kind = RunnerReport::Kind;
  count(report);
  switch (report.kind) {
    case Kind::ignored: return log_.write(LogLevel::debug, "message_ignored", {{"kiosk_id", settings_.kiosk}});
    case Kind::finished:
      return say(report.result == "answered" ? LogLevel::info : LogLevel::warning, "request_finished",
                 {{"request_id", report.request_id},
                  {"kiosk_id", settings_.kiosk},
                  {"operation", report.operation},
                  {"result", report.result},
                  {"duration_ms", std::int64_t{report.took.count()}}});
    case Kind::disk:
      return say(LogLevel::error, "outbox_failed",
                 {{"request_id", report.request_id}, {"kiosk_id", settings_.kiosk}, {"reason", report.result}});
    case Kind::repeated:
    case Kind::interrupted:
      return say(LogLevel::warning, report.kind == Kind::repeated ? "request_repeated" : "request_interrupted",
                 {{"request_id", report.request_id},
                  {"kiosk_id", settings_.kiosk},
                  {"operation", report.operation},
                  {"result", report.result}});
  }
}

void KioskAgent::on_fault(const Fault& fault) {
  say(LogLevel::error, "outbox_failed", {{"kiosk_id", settings_.kiosk}, {"reason", fault.message}});
}

void KioskAgent::on_owed() {
  delivery_.pump();
  close_when_done();
}

void KioskAgent::send_unrecorded(std::string message) {
  if (link_.is_v2()) message = v2_of_v1(message);
  if (!link_.send(std::move(message)))
    say(LogLevel::error, "answer_lost",
        {{"kiosk_id", settings_.kiosk}, {"reason", "too many answers are waiting for the gateway"}});
  close_when_done();
}

void KioskAgent::on_signal(int signal) {
  if (signal == SIGHUP) reload();
  else stop();
}

void KioskAgent::reload() {
  if (!settings_.read_routes)
    return say(LogLevel::info, "routes_unchanged",
               {{"kiosk_id", settings_.kiosk}, {"reason", "the routes are arguments, not a file"}});
  auto routes = settings_.read_routes();
  if (!routes)
    return say(LogLevel::error, "routes_kept",
               {{"kiosk_id", settings_.kiosk}, {"reason", routes.error().message}});
  auto shared = std::make_shared<const Routes>(*std::move(routes));
  longest_call_ = std::max(longest_call_, shared->longest_timeout());
  say(LogLevel::info, "routes_changed", {{"kiosk_id", settings_.kiosk}, {"routes", shared->operations()}});
  runner_.use(shared);
  routes_ = shared;
  devices_.use(std::move(shared));
}

// The first signal waits for running calls (they end within their own timeout), the second one does not.
void KioskAgent::stop() {
  if (std::exchange(stopping_, true)) return loop_.stop();
  say(LogLevel::info, "stopping", {{"running", static_cast<std::int64_t>(runner_.unfinished())}});
  runner_.stop_accepting();
  if (runner_.unfinished() == 0) return close();
  loop_.after(longest_call_ + std::chrono::seconds(1), [this] { close(); });
}

void KioskAgent::close_when_done() {
  if (stopping_ && runner_.unfinished() == 0) close();
}

void KioskAgent::close() {
  if (std::exchange(closing_, true)) return;
  link_.close([this] {
    const auto owed = outbox_->owed(1'000);
    say(LogLevel::info, "stopped",
        {{"answers_unsent", static_cast<std::int64_t>(owed ? owed->size() : link_.unsent())}});
    loop_.stop();
  });
}

}  // namespace kgw
