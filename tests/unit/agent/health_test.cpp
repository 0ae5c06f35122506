// The health page: its three forms, what a device's answer means, and the server that gives them.
#include <gtest/gtest.h>

#include <memory>

#include "agent/agent_loop.hpp"
#include "agent/health/device_watch.hpp"
#include "agent/health/health_report.hpp"
#include "agent/health/health_server.hpp"
#include "agent/local/local_client.hpp"
#include "agent/routes/routes_file.hpp"
#include "fake_server.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

HealthReport some_report() {
  HealthReport report;
  report.version = "1.2";
  report.kiosk = "kiosk-<7>";
  report.gateway = "wss://pay.example.com/ws";
  report.now = report.link_since = *parse_rfc3339("2026-11-28T14:02:00Z");
  report.connected = true;
  report.round_trip = 12ms;
  report.routes = {"payment", "fiscal"};
  report.devices = {{"payment", true, "", report.now}, {"fiscal", false, "no <paper>", report.now}};
  report.last_error = {"The \"gateway\" closed", report.now};
  report.stats.answered = 3;
  return report;
}

TEST(HealthReport, AsJson) {
  HealthReport report = some_report();
  std::string text = health_json(report);
  EXPECT_TRUE(json_scan(text).is_object) << text;
  for (const char* const part :
       {R"("status":"degraded")", R"("ws_connected":true)", R"("round_trip_ms":12,)",
        R"("routes_configured":2)",
        R"("operation":"fiscal","ready":false,"message":"no <paper>","since":"2026-11-28T14:02:00.000Z")",
        R"("requests_answered":3)", R"("last_error":{"message":"The \"gateway\" closed")"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  report.devices[1].ready = true;
  report.round_trip.reset();
  report.last_error.reset();
  text = health_json(report);
  EXPECT_TRUE(json_scan(text).is_object) << text;
  EXPECT_NE(text.find(R"({"status":"ok",)"), std::string::npos) << text;
  report.connected = false;
  EXPECT_NE(health_json(report).find(R"("status":"degraded")"), std::string::npos);
}

TEST(HealthReport, AsMetrics) {
  const std::string text = health_metrics(some_report());
  for (const char* const part :
       {"kiosk_agent_connected 1\n", "kiosk_agent_requests_total{result=\"answered\"} 3\n",
        "kiosk_agent_device_ready{operation=\"fiscal\"} 0\n", "kiosk_agent_round_trip_seconds 0.012\n"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(HealthReport, AsAPageInTwoLanguages) {
  HealthReport report = some_report();
  const std::string english = health_page(report, PageLanguage::english);
  const std::string russian = health_page(report, PageLanguage::russian);
  for (const char* const part :
       {"connected to the gateway since ", "card terminal: ", "fiscal printer: ", "no &lt;paper&gt; since "})
    EXPECT_NE(english.find(part), std::string::npos) << part << " in " << english;
  for (const char* const part : {"связь со шлюзом есть с ", "платёжный терминал: ", "no &lt;paper&gt; с "})
    EXPECT_NE(russian.find(part), std::string::npos) << part << " in " << russian;
  for (const std::string& page : {english, russian}) EXPECT_EQ(page.find("<7>"), std::string::npos);
}

TEST(HealthReport, TheReadersLanguage) {
  EXPECT_EQ(language_of(""), PageLanguage::english);
  EXPECT_EQ(language_of("en-US,en;q=0.9,ru;q=0.8"), PageLanguage::english);
  EXPECT_EQ(language_of("ru-RU,ru;q=0.9,en-US;q=0.8"), PageLanguage::russian);
  EXPECT_EQ(language_of("de,RU;q=0.5"), PageLanguage::russian);
}

Routes routes_with(const std::string& health) {
  const RoutesFile file =
      parse_routes("routes:\n  fiscal:\n    url: http://127.0.0.1:1/\n    health: " + health + "\n", 5s);
  EXPECT_TRUE(file.faults.empty()) << file.faults.front();
  return file.routes;
}

TEST(DeviceHealth, WhatAnAnswerMeans) {
  const Route plain = *routes_with("{url: \"http://127.0.0.1:1/h\"}").find("fiscal");
  const Route paper =
      *routes_with("{url: \"http://127.0.0.1:1/h\", not_ready: {when: {paper: false}}}").find("fiscal");
  const auto says = [](const Route& route, unsigned status, const std::string& body) {
    OutboundAnswer answer;
    answer.status = status;
    answer.body = body;
    const DeviceState state = read_device_health(route, answer);
    return (state.ready ? "ready" : "not ready") + (state.message.empty() ? "" : ": " + state.message);
  };
  EXPECT_EQ(says(plain, 200, "{}"), "ready");
  EXPECT_EQ(says(plain, 200, R"({"ready":false,"message":"no paper"})"), "not ready: no paper");
  EXPECT_EQ(says(plain, 503, "busy"), "not ready: HTTP status 503");
  EXPECT_EQ(says(plain, 200, "OK"), "not ready");
  EXPECT_EQ(says(paper, 200, R"({"paper":false})"), "not ready");
  EXPECT_EQ(says(paper, 200, R"({"paper":true,"ready":false})"), "ready") << "the route says what counts";
  OutboundAnswer refused;
  refused.trouble = OutboundAnswer::Trouble::refused;
  EXPECT_EQ(read_device_health(plain, refused).message, "its local service is not running");
}

// A watch on a loop's thread, as the agent has it.
class DeviceWatchTest : public testing::Test {
 protected:
  void start(const std::string& health) {
    routes = std::make_shared<const Routes>(routes_with(health));
    watch = std::make_unique<DeviceWatch>(
        *http, clock,
        [this](Milliseconds delay, std::function<void()> task) { loop.after(delay, std::move(task)); },
        [this](const DeviceState& state) {
          seen.add(state.operation + (state.ready ? " ready" : " not ready: " + state.message));
        },
        DeviceWatch::Settings{.every = 1ms});
    loop.post([this] { watch->use(routes); });
    thread = std::thread([this] { loop.run(); });
  }
  ~DeviceWatchTest() override {
    loop.stop();
    if (thread.joinable()) thread.join();
    watch.reset();
    http.reset();
  }
  FakeServer device;
  Seen seen;
  const SystemClock clock;
  AgentLoop loop;
  std::unique_ptr<LocalClient> http = std::make_unique<LocalClient>(loop);
  std::shared_ptr<const Routes> routes;
  std::unique_ptr<DeviceWatch> watch;
  std::thread thread;
};

TEST_F(DeviceWatchTest, ChangesAreReportedOnce) {
  device.answer_with({.body = "{}"});
  start("{url: \"" + device.url("/health") + "\"}");
  EXPECT_EQ(seen.take("fiscal"), "fiscal ready");
  for (int i = 0; i < 3; ++i) EXPECT_NE(device.seen.take("call GET /health"), "") << "it is asked again";
  EXPECT_EQ(seen.count("fiscal"), 0U) << "nothing changed";
  device.answer_with({.body = R"({"ready":false,"message":"no paper"})"});
  EXPECT_EQ(seen.take("fiscal"), "fiscal not ready: no paper");
  device.answer_with({.body = "{}"});
  EXPECT_EQ(seen.take("fiscal"), "fiscal ready");
}

TEST(HealthServer, GivesEachFormAndNothingElse) {
  auto started =
      HealthServer::start(0, [](const std::function<void(HealthReport)>& done) { done(some_report()); });
  ASSERT_TRUE(started);
  const std::string base = "http://127.0.0.1:" + std::to_string((*started)->port());
  const auto get = [&](const std::string& path, std::vector<std::string> fields = {}) {
    return LocalClient::run({.url = base + path, .fields = std::move(fields)});
  };
  EXPECT_TRUE(json_scan(get("/health").body).is_object);
  EXPECT_NE(get("/metrics").body.find("kiosk_agent_connected 1"), std::string::npos);
  EXPECT_NE(get("/").body.find("connected to the gateway"), std::string::npos);
  EXPECT_NE(get("/", {"Accept-Language: ru"}).body.find("связь со шлюзом есть"), std::string::npos);
  EXPECT_NE(get("/?lang=en", {"Accept-Language: ru"}).body.find("connected to the gateway"), std::string::npos);
  EXPECT_EQ(get("/other").status, 404U);
  EXPECT_EQ(LocalClient::run({.method = "POST", .url = base + "/health"}).status, 405U);
}

TEST(HealthServer, APortThatIsTakenIsAFaultNotTheEnd) {
  const FakeServer other;
  const auto started = HealthServer::start(other.port, [](const std::function<void(HealthReport)>&) {});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find(std::to_string(other.port)), std::string::npos);
}

TEST(HealthServer, CanEndWhileAnAnswerIsOwed) {
  std::promise<void> asked;
  std::function<void(HealthReport)> owed;
  auto started = HealthServer::start(0, [&](std::function<void(HealthReport)> done) {
    owed = std::move(done);
    asked.set_value();
  });
  ASSERT_TRUE(started);
  std::thread client([port = (*started)->port()] {
    LocalClient::run({.url = "http://127.0.0.1:" + std::to_string(port) + "/health"});
  });
  asked.get_future().wait();
  started->reset();
  client.join();
}

}  // namespace
}  // namespace kgw
