#include "cli/healthcheck.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "../agent/fake_server.hpp"

namespace kgw {
namespace {

class HealthcheckTest : public testing::Test {
 protected:
  int run() {
    std::ostringstream stream;
    const int code = healthcheck(url, stream);
    out = stream.str();
    return code;
  }
  FakeServer gateway;
  std::string url = gateway.url("");
  std::string out;
};

TEST_F(HealthcheckTest, ReadyIsZeroAndNeedsNoKey) {
  gateway.show_fields({"authorization"});
  gateway.answer_with({.body = R"({"status":"ready"})"});
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(out, "ready\n");
  EXPECT_EQ(gateway.seen.take("call"), "call GET /health/ready ");
  EXPECT_EQ(gateway.seen.count("call"), 0U);
}

TEST_F(HealthcheckTest, NotReadySaysWhyInOneLine) {
  gateway.answer_with({.status = 503, .body = R"({"status":"not ready"})"});
  gateway.then_answer_with({.status = 503, .body = R"({"status":"degraded","message":"The disk is full."})"});
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(out, "not ready: The disk is full.\n");
}

TEST_F(HealthcheckTest, WhatIsNoGatewayIsNotReady) {
  gateway.answer_with({.status = 404, .body = "<html>"});
  EXPECT_EQ(run(), 1);
  EXPECT_NE(out.find("does not look like a kiosk-gateway"), std::string::npos) << out;
}

TEST_F(HealthcheckTest, NobodyThereIsNotReady) {
  {
    const FakeServer gone;
    url = gone.url("");
  }
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(out.starts_with("not ready: The gateway can't be reached at ")) << out;
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

}  // namespace
}  // namespace kgw
