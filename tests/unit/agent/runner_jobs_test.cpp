// Devices with a queue of their own (kind: poll): begun once, and asked about until they are done.
#include "runner_rig.hpp"

namespace kgw {
namespace {

class RunnerJobTest : public RunnerAfterCrash {
 protected:
  void set_job(const std::string& id_at, const std::string& id) {
    Route route;
    route.operation = "payment";
    route.url = service.url("/jobs");
    route.method = "POST";
    route.body = R"({"uuid":"{request_id}","request":[{body}]})";
    route.concurrency = 1;
    DeviceJob job{.id_at = id_at, .id = id, .status = {}};
    job.status.url = service.url("/jobs/{id}");
    job.status.absent.http_status = {404};
    job.status.done.members = {{"results.0.status", {"ready", "error"}}};
    job.status.every = Milliseconds(1'000);
    route.job = job;
    routes = Routes();
    routes.add(route);
  }
  void ask_again() {
    ASSERT_TRUE(poll_until([&] { return !later.empty() && http->calling() == 0; }));
    pass(Milliseconds(1'000));
  }
  const std::string busy = R"({"results":[{"status":"wait"}]})";
  const std::string done = R"({"results":[{"status":"READY","n":1.10}]})";
};

TEST_F(RunnerJobTest, IsBegunOnceAndAskedAboutUntilItIsDone) {
  set_job("data.id", "");
  make({});
  service.answer_with({.status = 201, .body = R"({"data":{"id":"j/7"}})"});
  service.then_answer_with({.body = busy});
  service.then_answer_with({.status = 500, .body = "?"});
  service.then_answer_with({.body = done});
  runner->on_text(request("r1", "payment", R"({"sum" : 5})"));
  EXPECT_EQ(take_seen("call"), R"(call POST /jobs {"uuid":"r1","request":[{"sum" : 5}]})");
  EXPECT_EQ(take_seen("call"), "call GET /jobs/j%2F7 ");
  EXPECT_EQ(runner->unfinished(), 1U) << "it holds its place";
  ask_again();
  EXPECT_EQ(take_seen("call"), "call GET /jobs/j%2F7 ");
  ask_again();
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], R"({"request_id":"r1",)" + done.substr(1)) << "byte for byte";
  EXPECT_EQ(runner->unfinished(), 0U);
  EXPECT_EQ(service.seen.count("call POST"), 0U);
}

TEST_F(RunnerJobTest, AfterACrashTheSameJobIsAskedAbout) {
  for (const bool known_before : {false, true}) {
    set_job(known_before ? "" : "data.id", known_before ? "{request_id}" : "");
    make({});
    service.answer_with({.body = R"({"data":{"id":71}})"});
    service.then_answer_with({.body = busy});
    runner->on_text(request("r1"));
    EXPECT_NE(take_seen("call POST"), "");
    EXPECT_NE(take_seen("call GET"), "");
    crash();
    answers.clear();
    service.answer_with({.body = done});
    boot.name = "boot-2";  // also when the power failed
    resume();
    ASSERT_TRUE(wait_for_answers(1));
    EXPECT_EQ(take_seen("call"), known_before ? "call GET /jobs/r1 " : "call GET /jobs/71 ");
    EXPECT_EQ(answers[0], R"({"request_id":"r1",)" + done.substr(1));
    EXPECT_EQ(service.seen.count("call POST"), 0U) << "nothing is printed twice";
    crash();
    outbox.reset();
    std::filesystem::remove_all(dir);
    open_outbox();
  }
}

// The call was cut before the device's answer came: only an id that was known before can be asked about.
TEST_F(RunnerJobTest, ACrashBeforeTheDeviceGaveAnIdIsReported) {
  set_job("data.id", "");
  make({});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1"));
  EXPECT_NE(take_seen("call POST"), "");
  crash();
  resume();
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"interrupted")"));
  EXPECT_EQ(service.seen.count("call"), 0U);
}

TEST_F(RunnerJobTest, WhatTheDeviceRefusedIsDeclinedWithItsReason) {
  set_job("", "{request_id}");
  make({});
  service.answer_with({.status = 400, .body = R"({"error":"no such tax"})"});
  service.then_answer_with({.status = 404, .body = "{}"});
  runner->on_text(request("r1"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_NE(answers[0].find("no such tax"), std::string::npos) << answers[0];
  EXPECT_EQ(runner->unfinished(), 0U);
}

TEST_F(RunnerJobTest, AnAnswerWithoutAnIdIsTheAnswer) {
  set_job("data.id", "");
  make({});
  service.answer_with({.body = R"({"statusCode":-1})"});
  runner->on_text(request("r1"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], R"({"request_id":"r1","statusCode":-1})");
}

TEST_F(RunnerJobTest, AJobThatDoesNotEndHoldsNobodyUpBeyondItsDeadline) {
  set_job("", "{request_id}");
  make({});
  service.answer_with({.body = busy});
  runner->on_text(request("r1"));
  runner->on_text(request("r2", "payment", "{}"));
  EXPECT_NE(take_seen("call POST"), "");
  ASSERT_TRUE(poll_until([&] { return later.size() == 3; })) << "two deadlines, and the next question";
  EXPECT_EQ(service.seen.count("call POST"), 0U);
  boot.at += Milliseconds(44'000);
  pass(Milliseconds(500));  // the test's timers all run: the first one's place is free
  EXPECT_NE(take_seen("call"), "");
}

TEST_F(RunnerJobTest, WhatARouteNamesARequestMustHave) {
  set_job("", "{body.receipt}");
  Route route = *routes.find("payment");
  route.url = service.url("/jobs/{order_id}");
  routes = Routes();
  routes.add(route);
  make({});
  runner->on_text(request("r1"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_NE(answers[0].find("route_not_found"), std::string::npos) << answers[0];
  EXPECT_EQ(service.seen.count("call"), 0U);
}

// --- programs (kind: exec)

class RunnerProgramTest : public RunnerAfterCrash {
 protected:
  void set_program(const std::string& script, bool with_lookup = false) {
    set_route(false, with_lookup);
    Route route = *routes.find("payment");
    route.url = "";
    route.program = RouteProgram{};
    route.program->command = {"/bin/sh", "-c", script, "sh", "{body.sum}"};
    routes = Routes();
    routes.add(route);
  }
};

TEST_F(RunnerProgramTest, GetsItsArgumentsAndItsOutputIsTheAnswer) {
  set_program("echo \"{\\\"paid\\\":$1}\"");
  make({});
  runner->on_text(request("r1", "payment", R"({"sum":1.10})"));
  EXPECT_EQ(runner->unfinished(), 1U);
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], "{\"request_id\":\"r1\",\"paid\":1.10}");
  EXPECT_EQ(runner->unfinished(), 0U);
  runner->on_text(request("r2", "payment", R"({"sum":"-x"})"));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_NE(answers[1].find("begin with a dash"), std::string::npos) << answers[1];
}

TEST_F(RunnerProgramTest, AnExitThatTellsNothingLeadsToTheDevice) {
  set_program("exit 9", true);
  make({});
  service.answer_with({.body = R"({"paid":true})"});
  runner->on_text(request("r1", "payment", R"({"sum":1,"order_id":7})"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], R"({"request_id":"r1","paid":true})");
  EXPECT_EQ(take_seen("call"), "call GET /asked/7 ");
}

}  // namespace
}  // namespace kgw
