#include "runner_rig.hpp"

namespace kgw {
namespace {

TEST_F(RunnerTest, CallsTheServiceWithTheBodysBytesAndSplicesTheAnswer) {
  make({});
  service.answer_with({.body = R"({"sum":1000.10,"request_id":"theirs","e":1E400})"});
  runner->on_text(request("r1", "payment", R"({"sum" : 1000.10})"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], R"({"request_id":"r1","sum":1000.10,"e":1E400})");
  EXPECT_EQ(take_seen("call"), R"(call POST /payment {"sum" : 1000.10})");
  EXPECT_EQ(runner->unfinished(), 0U);
}

TEST_F(RunnerTest, NothingRunsTwice) {
  make({});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1"));
  runner->on_text(request("r1"));  // while it runs
  EXPECT_NE(take_seen("call"), "");
  service.release();
  ASSERT_TRUE(wait_for_answers(1));
  runner->on_text(request("r1"));  // when it is done
  crash();
  make({});
  ASSERT_TRUE(runner->resume());
  runner->on_text(request("r1"));  // of a later process
  EXPECT_EQ(runner->unfinished(), 0U);
  EXPECT_EQ(repeated, 3);
  EXPECT_EQ(answers, std::vector<std::string>(3, R"({"request_id":"r1"})")) << "the kept result, each time";
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
  routes = Routes();
  ASSERT_TRUE(routes.add("payment=" + service.url("/payment"), Milliseconds(50)));
  make({});
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
  EXPECT_EQ(take_seen("call"), "call POST /payment {\"n\":1}");
  service.release();
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(take_seen("call"), "call POST /payment {\"n\":2}");
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
  EXPECT_NE(take_seen("call"), "");
  runner.reset();
  service.release();
  EXPECT_TRUE(poll_until([this] { return http->calling() == 0; }));
  EXPECT_TRUE(answers.empty());
}

// --- what a crash leaves (PROTOCOL.md 4.2)

TEST_F(RunnerAfterCrash, AnInterruptedCallIsReportedAndNotMadeAgainAndWhatWaitedRuns) {
  crash_in_the_middle();
  resume();
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"interrupted")"));
  EXPECT_EQ(answers[1], R"({"request_id":"r2","ok":1})");
  EXPECT_EQ(service.seen.count("call"), 1U);
}

TEST_F(RunnerAfterCrash, WhatWaitedTooLongIsDeclined) {
  crash_in_the_middle();
  boot.at += Milliseconds(45'000);
  resume();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[1].starts_with(R"({"request_id":"r2","status":"error","error":"connection_refused")"));
  EXPECT_EQ(service.seen.count("call"), 0U);
}

TEST_F(RunnerAfterCrash, NothingOfBeforeARebootIsStarted) {
  set_route(true, false);
  crash_in_the_middle();
  boot.name = "boot-2";
  boot.at = Milliseconds(0);
  resume();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_NE(answers[0].find("interrupted"), std::string::npos);
  EXPECT_NE(answers[1].find("connection_refused"), std::string::npos);
}

TEST_F(RunnerAfterCrash, ARouteMayHaveItsCallMadeAgain) {
  set_route(true, false);
  crash_in_the_middle();
  resume();
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(answers[0], R"({"request_id":"r1","ok":1})");
}

TEST_F(RunnerAfterCrash, TheDeviceIsAskedUntilItKnows) {
  set_route(true, true);
  crash_in_the_middle();
  service.answer_with({.body = R"({"state":"busy"})"});
  service.then_answer_with({.status = 500, .body = "?"});
  service.then_answer_with({.body = R"({"paid":1.10})"});
  boot.at += Milliseconds(45'000);  // so that r2 is out of the way
  resume();
  EXPECT_EQ(take_seen("call"), "call GET /asked/7 ");
  ASSERT_TRUE(poll_until([&] { return later.size() == 1; }));
  pass(Milliseconds(1'000));
  EXPECT_EQ(take_seen("call"), "call GET /asked/7 ");
  ASSERT_TRUE(poll_until([&] { return later.size() == 1; }));
  EXPECT_EQ(answers.size(), 1U) << "only r2";
  pass(Milliseconds(1'000));
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(answers[1], R"({"request_id":"r1","paid":1.10})");
}

TEST_F(RunnerAfterCrash, WhatTheDeviceSurelyDidNotDoIsDeclinedOrDone) {
  for (const bool retry : {false, true}) {
    set_route(retry, true);
    crash_in_the_middle();
    service.answer_with({.status = 404, .body = "{}"});
    service.then_answer_with({.body = R"({"ok":1})"});
    answers.clear();
    make({});
    ASSERT_TRUE(runner->resume());
    ASSERT_TRUE(wait_for_answers(2));
    const std::string& r1 = answers[0].find("\"r1\"") != std::string::npos ? answers[0] : answers[1];
    if (retry) EXPECT_NE(r1.find(R"("ok":1)"), std::string::npos) << r1;
    else EXPECT_TRUE(r1.starts_with(R"({"request_id":"r1","status":"declined")")) << r1;
    // The next round is another kiosk's.
    crash();
    outbox.reset();
    std::filesystem::remove_all(dir);
    open_outbox();
  }
}

TEST_F(RunnerAfterCrash, ADeviceThatNeverKnowsEndsAsInterrupted) {
  set_route(false, true);
  crash_in_the_middle();
  service.answer_with({.status = 500, .body = "?"});
  boot.at += Milliseconds(45'000);
  resume();
  ASSERT_TRUE(poll_until([&] { return later.size() == 1; }));
  pass(std::chrono::hours(1));
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_TRUE(answers[1].starts_with(R"({"request_id":"r1","status":"error","error":"interrupted")"));
}

TEST_F(RunnerAfterCrash, AFailedCallIsLookedUpToo) {
  set_route(false, true);
  make({});
  service.answer_with({.status = 500, .body = "already exists"});
  service.then_answer_with({.body = R"({"paid":1})"});
  runner->on_text(request("r1", "payment", R"({"order_id":7})"));
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0], R"({"request_id":"r1","paid":1})");
}

// --- the outbox at its bounds

TEST_F(RunnerTest, WhatCantBeRecordedIsNotDone) {
  outbox.reset();
  auto opened = Outbox::open({.file = dir / "outbox", .disk_reserve = std::numeric_limits<std::int64_t>::max()},
                             clock, boot, random);
  ASSERT_TRUE(opened);
  outbox = *std::move(opened);
  make({});
  runner->on_text(request("r1"));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r1","status":"error","error":"connection_refused")"));
  EXPECT_NE(answers[0].find("disk"), std::string::npos);
  EXPECT_EQ(service.seen.count("call"), 0U);
}

TEST_F(RunnerTest, WhatWaitsExpires) {
  make({});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1"));
  runner->on_text(request("r2"));
  EXPECT_NE(take_seen("call"), "");
  pass(Milliseconds(45'000));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers[0].starts_with(R"({"request_id":"r2","status":"error","error":"connection_refused")"));
  EXPECT_EQ(runner->unfinished(), 1U);
  service.release();
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(service.seen.count("call"), 0U);
}

TEST_F(RunnerTest, AKitchenDoesNotWaitForACard) {
  ASSERT_TRUE(routes.add("kds=" + service.url("/kds")));
  make({});
  service.answer_with({.body = "{}", .hold = true});
  runner->on_text(request("r1"));
  runner->on_text(request("r2"));
  EXPECT_EQ(take_seen("call"), "call POST /payment {}");
  runner->on_text(request("r3", "kds"));
  EXPECT_EQ(take_seen("call"), "call POST /kds {}");
  EXPECT_EQ(service.seen.count("call"), 0U);
}

}  // namespace
}  // namespace kgw
