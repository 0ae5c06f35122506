// RunnerRig: a Runner with an outbox on disk, its loop run by the test's thread, and a FakeServer as its local
// service; crash() leaves what kill -9 leaves. Every wait is for an event.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../temp_dir.hpp"
#include "agent/agent_loop_impl.hpp"
#include "agent/execution/runner.hpp"
#include "fake_server.hpp"

namespace kgw {

inline std::string request(std::string_view id, std::string_view operation = "payment",
                           std::string_view body = "{}") {
  return R"({"request_id":")" + std::string(id) + R"(","headers":{"header-operation-type":")" +
         std::string(operation) + R"(","header-http-method":"POST"},"body":)" + std::string(body) + "}";
}

class FakeBoot final : public BootClock {
 public:
  Milliseconds now() const override { return at; }
  const std::string& boot() const override { return name; }
  Milliseconds at{1'000};
  std::string name = "boot-1";
};

class RunnerTest : public ::testing::Test {
 public:
  ~RunnerTest() override {
    runner.reset();
    http.reset();
    outbox.reset();
  }

 protected:
  RunnerTest() {
    EXPECT_TRUE(routes.add("payment=" + service.url("/payment")));
    service.answer_with({.body = R"({"ok":1})"});
    open_outbox();
  }
  void open_outbox() {
    outbox.reset();
    auto opened = Outbox::open({.file = dir / "outbox"}, clock, boot, random);
    ASSERT_TRUE(opened) << opened.error().message;
    outbox = *std::move(opened);
  }
  void make(Runner::Settings settings) {
    runner = std::make_unique<Runner>(
        Runner::Parts{.http = *http, .programs = programs, .outbox = *outbox, .clock = clock, .boot = boot},
        std::make_shared<const Routes>(routes), settings,
        Runner::Hooks{
            .owed = [this] { take_owed(); },
            .unrecorded = [this](std::string answer) { answers.push_back(std::move(answer)); },
            .report =
                [this](const RunnerReport& report) {
                  if (report.kind == RunnerReport::Kind::repeated) ++repeated;
                },
            .after = [this](Milliseconds delay,
                            std::function<void()> task) { later.emplace_back(delay, std::move(task)); }});
  }
  // What kill -9 leaves: nothing but the disk.
  void crash() {
    runner.reset();
    later.clear();
    open_outbox();
  }
  void take_owed() {
    for (const OutboxResult& result : *outbox->owed(100)) {
      answers.push_back(v1_answer(result.request_id, result.response));
      EXPECT_TRUE(outbox->settle(result.request_id));
    }
  }
  // As if that time had passed: runs all that was to run after a while.
  void pass(Milliseconds time) {
    boot.at += time;
    for (auto& [delay, task] : std::exchange(later, {})) task();
  }
  // Runs the loop until `done`.
  bool poll_until(const std::function<bool()>& done) {
    while (!done())
      if (loop.impl().context.run_one_for(20s) == 0) return false;
    return true;
  }
  // As service.seen.take() does, while the loop runs.
  std::string take_seen(std::string_view what) {
    std::string seen;
    bool taken = false;
    std::thread waiter([&] {
      std::string got = service.seen.take(what);
      loop.post([&, got = std::move(got)] {
        seen = got;
        taken = true;
      });
    });
    EXPECT_TRUE(poll_until([&] { return taken; }));
    waiter.join();
    return seen;
  }
  bool wait_for_answers(std::size_t count) {
    return poll_until([&] { return answers.size() >= count; });
  }

  const kgw::testing::TempDir temp;
  const std::filesystem::path dir = temp.path();
  FakeServer service;
  Routes routes;
  SystemClock clock;
  FakeBoot boot;
  SystemRandom random;
  std::vector<std::string> answers;
  std::vector<std::pair<Milliseconds, std::function<void()>>> later;
  int repeated = 0;
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<Runner> runner;
  AgentLoop loop;
  ProgramRunner programs{loop};
  std::unique_ptr<LocalClient> http = std::make_unique<LocalClient>(loop);
};

class RunnerAfterCrash : public RunnerTest {
 protected:
  // r1 is running, r2 waits for it, and the process is killed.
  void crash_in_the_middle() {
    make({});
    service.answer_with({.body = "{}", .hold = true});
    runner->on_text(request("r1", "payment", R"({"order_id":7})"));
    runner->on_text(request("r2"));
    EXPECT_NE(take_seen("call"), "");
    crash();
    service.answer_with({.body = R"({"ok":1})"});
  }
  void set_route(bool retry, bool with_lookup) {
    Route route;
    route.operation = "payment";
    route.url = service.url("/payment");
    route.concurrency = 1;
    route.retry = retry;
    if (with_lookup) {
      DeviceQuestion question;
      question.url = service.url("/asked/{order_id}");
      question.absent.http_status = {404};
      question.pending.members = {{"state", {"busy"}}};
      route.lookup = question;
    }
    routes = Routes();
    routes.add(route);
  }
  void resume() {
    make({});
    ASSERT_TRUE(runner->resume());
  }
};

}  // namespace kgw
