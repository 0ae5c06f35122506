#include "agent/demo.hpp"

#include <stdexcept>
#include <thread>

#include "agent/agent_loop.hpp"
#include "agent/execution/boot_clock.hpp"
#include "agent/execution/local_answer.hpp"
#include "agent/execution/outbox.hpp"
#include "agent/execution/runner.hpp"
#include "agent/gateway_url.hpp"
#include "agent/json_members.hpp"
#include "agent/link.hpp"
#include "agent/routes/routes.hpp"
#include "base/ids.hpp"

namespace kgw {
namespace {

constexpr std::string_view kOperations[] = {"payment", "fiscal", "kds", "print"};

constexpr DemoFaultInfo kFaults[] = {
    {DemoFault::slow, "slow", "answers take 10 seconds longer", "the answer, ten seconds later than usual"},
    {DemoFault::mute, "mute", "requests are carried out, but never answered",
     "504 timeout after 45 seconds: the payment was made, but nobody knows it"},
    {DemoFault::wrong_id, "wrong-id", "answers carry another request's id",
     "504 timeout after 45 seconds: no caller ever gets the answer to another request"},
    {DemoFault::late, "late", "answers come 60 seconds late, after the callers have given up",
     "504 timeout after 45 seconds; the list of requests has the late answer 15 seconds later"},
    {DemoFault::duplicate, "duplicate", "each answer is sent twice",
     "one answer, as usual: the second one is ignored"},
    {DemoFault::drop, "drop", "the connection drops when a request arrives; the answer comes over the next one",
     "the answer, once the kiosk is connected again"},
};

GatewayUrl checked(std::string_view url) {
  auto parsed = parse_gateway_url(url);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return *std::move(parsed);
}

}  // namespace

std::span<const DemoFaultInfo> demo_faults() { return kFaults; }

std::optional<DemoFault> parse_demo_fault(std::string_view name) {
  for (const DemoFaultInfo& info : kFaults)
    if (info.name == name) return info.fault;
  return std::nullopt;
}

// The thread runs `loop`; what is declared below it belongs to that thread once it runs. The client is
// destroyed before what its callbacks use.
struct Demo::Impl {
  struct Kiosk {
    std::string id;
    std::unique_ptr<Link> link;
    std::unique_ptr<Outbox> outbox;  // in memory: a demo begins anew
    std::unique_ptr<Runner> runner;
  };

  Impl(DemoOptions given, OnEvent given_on_event)
      : options(std::move(given)), on_event(std::move(given_on_event)), terminal(options.terminal) {
    const GatewayUrl gateway = checked(options.gateway_ws_url);
    Routes made;
    for (const std::string_view operation : kOperations) {
      Route route;  // as many at a time as people try
      route.operation = operation;
      route.url = terminal.url(operation);
      made.add(std::move(route));
    }
    routes = std::make_shared<const Routes>(std::move(made));
    const Runner::Settings limits;
    http = std::make_unique<LocalClient>(loop, limits.running_max * (options.kiosks.size() + 1));
    for (const auto& [id, token] : options.kiosks) add(id, token, gateway);
    thread = std::thread([this] {
      for (const auto& kiosk : kiosks) kiosk->link->start();
      loop.run();
    });
  }

  ~Impl() {
    loop.stop();
    thread.join();
    http.reset();
  }

  void add(const std::string& id, const std::string& token, const GatewayUrl& gateway) {
    Kiosk& kiosk = *kiosks.emplace_back(std::make_unique<Kiosk>());
    kiosk.id = id;
    Link::Settings settings;
    settings.gateways = {gateway};
    settings.backoff_max = std::chrono::seconds(2);  // it shows links that are cut, and people wait
    settings.token = [token] { return token; };
    kiosk.link = std::make_unique<Link>(
        loop, std::move(settings),
        Link::Hooks{.up = [this, &kiosk] { tell("connected", kiosk); },
                    .down = [this, &kiosk](const LinkDown& why) { tell("disconnected: " + why.reason, kiosk); },
                    .text = [this, &kiosk](std::string_view text) { on_message(kiosk, text); }});
    auto outbox = Outbox::open({.file = ":memory:"}, clock, boot, random);
    if (!outbox) throw std::runtime_error(outbox.error().message);
    kiosk.outbox = *std::move(outbox);
    kiosk.runner = std::make_unique<Runner>(
        Runner::Parts{
            .http = *http, .programs = programs, .outbox = *kiosk.outbox, .clock = clock, .boot = boot},
        routes, Runner::Settings{},
        Runner::Hooks{.owed = [this, &kiosk] { answer_owed(kiosk); },
                      .unrecorded = [this, &kiosk](const std::string& answer) { answer_late(kiosk, answer); },
                      .report = [this, &kiosk](const RunnerReport& report) { on_report(kiosk, report); },
                      .after = [this](Milliseconds delay,
                                      std::function<void()> task) { loop.after(delay, std::move(task)); }});
  }

  void on_message(Kiosk& kiosk, std::string_view text) {
    kiosk.runner->on_text(text);
    if (has(DemoFault::drop) && kiosk.runner->unfinished() > 0) kiosk.link->drop();
  }

  void answer_owed(Kiosk& kiosk) {
    constexpr std::size_t kAtOnce = 100;
    const auto owed = kiosk.outbox->owed(kAtOnce);
    if (!owed) return;
    for (const OutboxResult& result : *owed) {
      (void)kiosk.outbox->settle(result.request_id);
      answer_late(kiosk, v1_answer(result.request_id, result.response));
    }
  }

  void answer_late(Kiosk& kiosk, const std::string& answer) {
    Milliseconds delay{0};
    if (has(DemoFault::slow)) delay += options.slow_by;
    if (has(DemoFault::late)) delay += options.late_by;
    if (delay == Milliseconds(0)) return answer_now(kiosk, answer);
    loop.after(delay, [this, &kiosk, answer] { answer_now(kiosk, answer); });
  }

  void answer_now(Kiosk& kiosk, std::string answer) {
    if (has(DemoFault::mute)) return;
    if (has(DemoFault::wrong_id)) {
      const std::string token = "\"" + ids.next(clock.now().wall).text() + "\"";
      answer = splice_request_id(token, answer);
    }
    if (has(DemoFault::duplicate)) kiosk.link->send(answer);
    kiosk.link->send(std::move(answer));
  }

  void on_report(const Kiosk& kiosk, const RunnerReport& report) const {
    if (report.kind != RunnerReport::Kind::finished) return;
    tell("answer " + std::string(report.operation) + " " + std::string(report.result), kiosk);
  }

  void tell(std::string event, const Kiosk& kiosk) const {
    if (on_event) on_event(std::move(event), kiosk.id);
  }

  bool has(DemoFault fault) const { return options.faults.contains(fault); }

  const DemoOptions options;
  const OnEvent on_event;
  const SystemClock clock;
  const SystemBootClock boot;
  SystemRandom random;
  RequestIdGenerator ids{random};
  DemoTerminal terminal;
  std::shared_ptr<const Routes> routes;
  AgentLoop loop;
  ProgramRunner programs{loop};  // no route of a demo has one
  std::vector<std::unique_ptr<Kiosk>> kiosks;
  std::unique_ptr<LocalClient> http;
  std::thread thread;
};

Demo::Demo(DemoOptions options, OnEvent on_event)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(on_event))) {}
Demo::~Demo() = default;

}  // namespace kgw
