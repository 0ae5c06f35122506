#include "agent/runner.hpp"

#include <gtest/gtest.h>

#include "fake_server.hpp"

namespace kgw {
namespace {

std::string request(std::string_view id, std::string_view operation = "payment", std::string_view body = "{}") {
  return R"({"request_id":")" + std::string(id) + R"(","headers":{"header-operation-type":")" +
         std::string(operation) + R"(","header-http-method":"POST"},"body":)" + std::string(body) + "}";
}

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    EXPECT_TRUE(routes.add("payment=" + service.url("/payment")));
    service.answer_with({.body = R"({"ok":1})"});
  }
  void make(Runner::Settings settings) {
    runner = std::make_unique<Runner>(
        *http, routes, clock, settings,
        Runner::Hooks{
            .answer = [this](std::string_view, std::string answer) { answers.push_back(std::move(answer)); },
            .report =
                [this](const RunnerReport& report) {
                  if (report.kind == RunnerReport::Kind::repeated) ++repeated;
                }});
  }
  // Polls the client whenever it has something, until that many answers came.
  bool wait_for_answers(std::size_t count) {
    while (answers.size() < count) {
      std::unique_lock lock(mutex);
      if (!woken_changed.wait_for(lock, 20s, [this] { return woken; })) return false;
      woken = false;
      lock.unlock();
      http->poll();
    }
    return true;
  }

  FakeServer service;
  Routes routes;
  SystemClock clock;
  std::mutex mutex;
  std::condition_variable woken_changed;
  bool woken = false;
  std::vector<std::string> answers;
  int repeated = 0;
  std::unique_ptr<Runner> runner;
  std::unique_ptr<HttpClient> http = std::make_unique<HttpClient>([this] {
    const std::lock_guard lock(mutex);
    woken = true;
    woken_changed.notify_all();
  });
};

TEST_F(RunnerTest, CallsTheServiceWithTheBodysBytesAndSplicesTheAnswer) {
  make({});
  service.answer_with({.body = R"({"sum":1000.10,"request_id":"theirs","e":1E400})"});
  runner->on_text(request("r1", "payment", R"({"sum" : 1000.10})"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], R"({"request_id":"r1","sum":1000.10,"e":1E400})");
  EXPECT_EQ(service.seen.take("call"), R"(call POST /payment {"sum" : 1000.10})");
  EXPECT_EQ(runner->unfinished(), 0U);
}

TEST_F(RunnerTest, NothingRunsTwice) {
  make({});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1"));
  runner->on_text(request("r1"));  // while it runs
  EXPECT_NE(service.seen.take("call"), "");
  service.release();
  ASSERT_TRUE(wait_for_answers(1));
  runner->on_text(request("r1"));  // when it is done
  EXPECT_EQ(runner->unfinished(), 0U);
  EXPECT_EQ(repeated, 2);
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(service.seen.count("call"), 0U);
}

TEST_F(RunnerTest, AnUnknownOperationIsToldSo) {
  make({});
  runner->on_text(request("r1", "dance"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(
      answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"route_not_found","message":")"));
}

TEST_F(RunnerTest, ADeadServiceIsToldSo) {
  std::string gone;
  {
    FakeServer short_lived;
    gone = short_lived.url("/");
  }
  EXPECT_TRUE(routes.add("fiscal=" + gone));
  make({});
  runner->on_text(request("r1", "fiscal"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"connection_refused")"))
      << answers[0];
}

TEST_F(RunnerTest, ASilentServiceIsATimeout) {
  make({.timeout = Milliseconds(50)});
  service.answer_with({.hold = true});
  runner->on_text(request("r1"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"timeout")")) << answers[0];
}

TEST_F(RunnerTest, RunsSoManyAtATimeInOrderAndRefusesWhatIsTooMuch) {
  make({.running_max = 1, .waiting_max = 1});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1", "payment", "{\"n\":1}"));
  runner->on_text(request("r2", "payment", "{\"n\":2}"));
  runner->on_text(request("r3"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r3","status":"error","error":"connection_refused")"));
  EXPECT_EQ(service.seen.take("call"), "call POST /payment {\"n\":1}");
  service.release();
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(service.seen.take("call"), "call POST /payment {\"n\":2}");
  service.release();
  ASSERT_TRUE(wait_for_answers(3));
  EXPECT_EQ(answers[2], R"({"request_id":"r2"})");
}

TEST_F(RunnerTest, AStoppingAgentTakesNothingNew) {
  make({});
  runner->stop_accepting();
  runner->on_text(request("r1"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"connection_refused")"));
}

TEST_F(RunnerTest, DyingWithACallOutIsHarmless) {
  make({});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1"));
  EXPECT_NE(service.seen.take("call"), "");
  runner.reset();
  service.release();
  std::unique_lock lock(mutex);
  ASSERT_TRUE(woken_changed.wait_for(lock, 20s, [this] { return woken; }));
  lock.unlock();
  http->poll();
  EXPECT_TRUE(answers.empty());
}

}  // namespace
}  // namespace kgw
