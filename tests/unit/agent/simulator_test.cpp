#include "agent/simulate/simulator.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "../temp_dir.hpp"
#include "agent/local/local_client.hpp"

namespace kgw {
namespace {

class SimulatorTest : public ::testing::Test {
 public:
  ~SimulatorTest() override { end(); }

 protected:
  void start() {
    auto journal = DeviceJournal::open(dir / "journal");
    ASSERT_TRUE(journal) << journal.error().message;
    simulator = std::make_unique<Simulator>(Simulator::Settings{.takes = Milliseconds(0)}, *std::move(journal));
    thread = std::thread([this] { simulator->run(); });
  }
  void end() {
    if (!simulator) return;
    simulator->stop();
    thread.join();
    simulator.reset();
  }
  OutboundAnswer call(const std::string& method, const std::string& path, const std::string& body = "") const {
    OutboundRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(simulator->port()) + path;
    request.body = body;
    if (path == "/payment" && body.find("never") != std::string::npos) request.timeout = Milliseconds(200);
    return LocalClient::run(std::move(request));
  }
  OutboundAnswer pay(const std::string& order) const {
    return call("POST", "/payment", R"({"order_id":")" + order + R"(","sum":1.10})");
  }
  void next(const std::string& fault) const {
    EXPECT_EQ(call("POST", "/simulator/next", R"({"fault":")" + fault + R"("})").status, 200U) << fault;
  }

  const kgw::testing::TempDir temp;
  const std::filesystem::path dir = temp.path();
  std::unique_ptr<Simulator> simulator;
  std::thread thread;
};

TEST_F(SimulatorTest, WritesDownWhatItDoesAndFindsItAgainAlsoLater) {
  start();
  const std::string done = R"({"status":"success","number":1,"order_id":"A/1","sum":1.10})";
  EXPECT_EQ(pay("A/1").body, done);
  EXPECT_EQ(call("GET", "/payment/A%2F1").body, done);
  EXPECT_EQ(call("GET", "/fiscal/A%2F1").status, 404U);
  end();
  start();
  EXPECT_EQ(call("GET", "/payment/A%2F1").body, done);
  EXPECT_EQ(call("GET", "/simulator/journal").body,
            R"({"done":1,"entries":[{"operation":"payment","order_id":"A/1","answer":)" + done + "}]}");
}

TEST_F(SimulatorTest, PlaysEachFaultOnceAndItsJournalSaysWhatReallyHappened) {
  start();
  const auto is_done = [&](const std::string& order) { return call("GET", "/payment/" + order).status == 200; };
  next("declined");
  EXPECT_NE(pay("declined").body.find("insufficient_funds"), std::string::npos);
  EXPECT_FALSE(is_done("declined"));
  next("busy");
  EXPECT_EQ(pay("busy").status, 503U);
  EXPECT_FALSE(is_done("busy"));
  next("not_ready");
  EXPECT_NE(pay("not_ready").body.find("no_paper"), std::string::npos);
  EXPECT_FALSE(is_done("not_ready"));
  next("error");
  EXPECT_EQ(pay("error").status, 500U);
  EXPECT_TRUE(is_done("error"));
  next("garbage");
  EXPECT_EQ(pay("garbage").body, "<html>OK</html>");
  EXPECT_TRUE(is_done("garbage"));
  next("unknown");
  EXPECT_EQ(pay("never").trouble, OutboundAnswer::Trouble::timed_out);
  EXPECT_TRUE(is_done("never"));
  EXPECT_EQ(pay("good").status, 200U);
}

TEST_F(SimulatorTest, AFaultMayStayAndIsSeenByHealth) {
  start();
  EXPECT_EQ(call("GET", "/health/fiscal").body, R"({"ready":true})");
  EXPECT_EQ(call("POST", "/simulator/fault", R"({"fault":"not_ready"})").status, 200U);
  EXPECT_EQ(call("GET", "/health/fiscal").body, R"({"ready":false,"message":"no paper"})");
  EXPECT_NE(pay("a").body.find("no_paper"), std::string::npos);
  EXPECT_NE(pay("b").body.find("no_paper"), std::string::npos);
  EXPECT_EQ(call("POST", "/simulator/fault", R"({"fault":"none"})").status, 200U);
  EXPECT_NE(pay("c").body.find("success"), std::string::npos);
}

TEST_F(SimulatorTest, SaysWhatItDoesNotKnow) {
  start();
  const auto bad = call("POST", "/simulator/next", R"({"fault":"fire"})");
  EXPECT_EQ(bad.status, 400U);
  EXPECT_NE(bad.body.find("none, declined, busy"), std::string::npos);
  EXPECT_EQ(call("POST", "/dance").status, 404U);
  EXPECT_EQ(call("POST", "/payment", "[]").status, 400U);
  EXPECT_EQ(call("GET", "/payment").status, 404U);
}

TEST_F(SimulatorTest, ADeviceWithAQueueTakesAJobOnceAndSaysLaterWhatBecameOfIt) {
  start();
  const std::string body = R"({"uuid":"u1","request":[{}]})";
  EXPECT_EQ(call("POST", "/api/v2/requests", body).status, 201U);
  EXPECT_EQ(call("POST", "/api/v2/requests", body).status, 409U);
  const std::string ready =
      R"({"results":[{"status":"ready","errorCode":0,"result":{"status":"success","number":1}}]})";
  EXPECT_EQ(call("GET", "/api/v2/requests/u1").body, ready);
  EXPECT_EQ(call("GET", "/api/v2/requests/u2").status, 404U);
  const OutboundAnswer begun = call("POST", "/v2/payment", R"({"amount":5})");
  EXPECT_EQ(begun.body, R"({"statusCode":0,"data":{"processId":"3","status":"wait"}})");
  EXPECT_EQ(
      call("GET", "/v2/status?processId=3").body,
      R"({"statusCode":0,"data":{"processId":"3","status":"success","chequeInfo":{"status":"success","number":2}}})");
  next("declined");
  call("POST", "/v2/payment", "{}");
  EXPECT_NE(call("GET", "/v2/status?processId=5").body.find(R"("status":"fail")"), std::string::npos);
  next("error");
  EXPECT_EQ(call("POST", "/api/v2/requests", R"({"uuid":"u3"})").status, 500U);
  end();
  start();
  EXPECT_EQ(call("GET", "/api/v2/requests/u1").body, ready) << "also of an earlier process";
  EXPECT_NE(call("GET", "/api/v2/requests/u3").body.find("ready"), std::string::npos)
      << "done, whatever it said";
  EXPECT_EQ(call("POST", "/api/v2/requests", body).status, 409U);
}

}  // namespace
}  // namespace kgw
