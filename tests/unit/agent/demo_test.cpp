#include "agent/demo.hpp"

#include <gtest/gtest.h>

#include <array>

#include "fake_server.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

constexpr const char* kId = "0190b0a0-0000-7000-8000-000000000001";

std::string request(std::string_view operation, std::string_view id = kId) {
  return R"({"request_id":")" + std::string(id) + R"(","headers":{"header-operation-type":")" +
         std::string(operation) +
         R"(","header-http-method":"POST"},"body":{"order_id":12345678901234567890,"sum":1000.10}})";
}

class DemoTest : public testing::Test {
 protected:
  void start(std::set<DemoFault> faults = {}) {
    DemoOptions options;
    options.gateway_ws_url = gateway.ws_url();
    options.kiosks = {{"kiosk_001", "tok"}};
    options.faults = std::move(faults);
    options.terminal = {Milliseconds(0), Milliseconds(0)};
    options.slow_by = Milliseconds(30);
    options.late_by = Milliseconds(60);
    demo = std::make_unique<Demo>(options, [this](const std::string& event, const std::string& kiosk) {
      events.add(kiosk + " " + event);
    });
    EXPECT_EQ(gateway.seen.take("upgrade"), "upgrade Bearer tok");
    EXPECT_EQ(gateway.seen.take("opened"), "opened");
  }

  FakeServer gateway;
  Seen events;
  std::unique_ptr<Demo> demo;
};

TEST_F(DemoTest, APaymentIsPaid) {
  start();
  EXPECT_EQ(events.take("kiosk_001"), "kiosk_001 connected");
  gateway.ws_text(request("payment"));
  const std::string answer = gateway.seen.take("text");
  const std::string head =
      "text {\"request_id\":\"" + std::string(kId) + R"(","status":"success","transaction_id":"TXN)";
  EXPECT_TRUE(answer.starts_with(head)) << answer;
  EXPECT_TRUE(answer.ends_with(R"(","order_id":12345678901234567890,"sum":1000.10})")) << answer;
  EXPECT_TRUE(json_scan(std::string_view(answer).substr(5)).is_object);
  EXPECT_EQ(events.take("kiosk_001"), "kiosk_001 answer payment answered");
}

TEST_F(DemoTest, MoreThanTheCardHoldsIsDeclined) {
  start();
  const auto pay = [this](const std::string& sum, std::string_view id) {
    gateway.ws_text(R"({"request_id":")" + std::string(id) +
                    R"(","headers":{"header-operation-type":"payment"},"body":{"sum":)" + sum + "}}");
    return gateway.seen.take("text");
  };
  EXPECT_NE(pay(std::to_string(kDemoCardHolds), "id1").find(R"("status":"success")"), std::string::npos);
  EXPECT_NE(pay(std::to_string(kDemoCardHolds) + ".01", "id2")
                .find(R"("status":"declined","reason":"insufficient_funds")"),
            std::string::npos);
  EXPECT_NE(pay("1e300", "id3").find(R"("status":"declined")"), std::string::npos);
  EXPECT_NE(pay("\"much\"", "id4").find(R"("status":"success")"), std::string::npos);
}

TEST_F(DemoTest, EveryOperationHasAService) {
  start();
  int n = 1;
  for (const char* operation : {"payment", "fiscal", "kds", "print"}) {
    gateway.ws_text(request(operation, "id" + std::to_string(n)));
    EXPECT_TRUE(gateway.seen.take("text").starts_with("text {\"request_id\":\"id" + std::to_string(n++) +
                                                      R"(","status":"success",)"))
        << operation;
  }
  gateway.ws_text(request("dance", "id9"));
  EXPECT_NE(gateway.seen.take("text").find("route_not_found"), std::string::npos);
}

TEST_F(DemoTest, WrongIdNamesAnother) {
  start({DemoFault::wrong_id});
  gateway.ws_text(request("payment"));
  const std::string answer = gateway.seen.take("text");
  EXPECT_NE(answer.find("TXN"), std::string::npos);
  EXPECT_EQ(answer.find(kId), std::string::npos);
}

TEST_F(DemoTest, DuplicateAnswersTwice) {
  start({DemoFault::duplicate});
  gateway.ws_text(request("payment"));
  const std::string first = gateway.seen.take("text");
  EXPECT_NE(first, "");
  EXPECT_EQ(gateway.seen.take("text"), first);
}

TEST_F(DemoTest, MuteCarriesOutAndSaysNothing) {
  start({DemoFault::mute});
  gateway.ws_text(request("payment"));
  EXPECT_EQ(events.take("kiosk_001 answer"), "kiosk_001 answer payment answered");
  demo.reset();
  EXPECT_EQ(gateway.seen.count("text"), 0U);
}

TEST_F(DemoTest, SlowAndLateAnswerAfterAll) {
  start({DemoFault::slow, DemoFault::late});
  const auto before = std::chrono::steady_clock::now();
  gateway.ws_text(request("payment"));
  EXPECT_NE(gateway.seen.take("text").find(kId), std::string::npos);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 90ms);
}

TEST_F(DemoTest, DropAnswersOverTheNextConnection) {
  start({DemoFault::drop});
  gateway.ws_text(request("payment"));
  EXPECT_NE(gateway.seen.take("closed"), "");
  EXPECT_EQ(gateway.seen.take("opened"), "opened");
  EXPECT_NE(gateway.seen.take("text").find(kId), std::string::npos);
}

TEST(DemoFaults, HaveNames) {
  EXPECT_EQ(parse_demo_fault("wrong-id"), DemoFault::wrong_id);
  EXPECT_EQ(parse_demo_fault("slow"), DemoFault::slow);
  EXPECT_EQ(parse_demo_fault("wrong_id"), std::nullopt);
  EXPECT_EQ(parse_demo_fault(""), std::nullopt);
  for (const DemoFaultInfo& info : demo_faults()) {
    EXPECT_EQ(parse_demo_fault(info.name), info.fault);
    EXPECT_FALSE(info.what.empty() || info.expect.empty()) << info.name;
  }
}

}  // namespace
}  // namespace kgw
