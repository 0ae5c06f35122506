#include "net/http_client.hpp"

#include "server_rig.hpp"

namespace kgw {
namespace {

using Trouble = OutboundAnswer::Trouble;

// A client and what wakes the test.
class Outbound {
 public:
  explicit Outbound(std::size_t queue_max = 1000) : client([this] { woken_.add("wake"); }, queue_max) {}
  OutboundAnswer get(OutboundRequest request) {
    OutboundAnswer answer;
    bool came = false;
    EXPECT_TRUE(client.start(std::move(request), [&](OutboundAnswer got) {
      answer = std::move(got);
      came = true;
    }));
    while (!came && woken_.wait_for("wake", ++wakes_)) client.poll();
    EXPECT_TRUE(came);
    return answer;
  }

 private:
  Sightings woken_;
  std::size_t wakes_ = 0;

 public:
  HttpClient client;
};

std::string address(const Rig& rig, const char* path) {
  return "http://127.0.0.1:" + std::to_string(rig.port) + path;
}

TEST(HttpClient, SendsAndReceives) {
  Rig rig;
  Outbound out;
  for (int i = 0; i < 3; ++i) {
    const OutboundAnswer answer =
        out.get({.method = "POST", .url = address(rig, "/echo"), .fields = {"A: b"}, .body = "hi"});
    EXPECT_EQ(answer.trouble, Trouble::none) << answer.why;
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "POST:hi");
    EXPECT_NE(std::find(answer.fields.begin(), answer.fields.end(),
                        std::make_pair(std::string("x-rig"), std::string("1"))),
              answer.fields.end());
  }
  EXPECT_EQ(rig.stats().accepted, 1U) << "connections are kept";
  EXPECT_EQ(out.get({.method = "DELETE", .url = address(rig, "/echo")}).body, "DELETE:");
  EXPECT_EQ(out.get({.method = "HEAD", .url = address(rig, "/echo")}).status, 200U);
  EXPECT_EQ(out.get({.url = address(rig, "/empty")}).status, 204U);
}

TEST(HttpClient, TellsTroublesApart) {
  Rig rig;
  Outbound out;
  rig.on_loop([&] { rig.handler.big = share(std::string(100'000, 'x')); });
  EXPECT_EQ(out.get({.url = address(rig, "/big"), .answer_bytes_max = 99'999}).trouble, Trouble::too_large);
  EXPECT_EQ(out.get({.url = address(rig, "/big"), .answer_bytes_max = 100'000}).body.size(), 100'000U);
  EXPECT_EQ(out.get({.url = address(rig, "/hold"), .timeout = 100ms}).trouble, Trouble::timed_out);
  EXPECT_EQ(out.get({.url = "file:///etc/passwd"}).trouble, Trouble::other);
  rig.on_loop([&] { rig.server.stop_listening(); });
  const OutboundAnswer refused = out.get({.url = address(rig, "/echo"), .fields = {"Connection: close"}});
  EXPECT_TRUE(refused.trouble == Trouble::none ||
              refused.trouble == Trouble::refused);  // a kept connection may serve
  const OutboundAnswer fresh = HttpClient::run({.url = address(rig, "/echo")});
  EXPECT_EQ(fresh.trouble, Trouble::refused);
  EXPECT_FALSE(fresh.why.empty());
}

TEST(HttpClient, RunsForTheCli) {
  Rig rig;
  EXPECT_EQ(HttpClient::run({.method = "PATCH", .url = address(rig, "/echo"), .body = "{}"}).body, "PATCH:{}");
}

TEST(HttpClient, IsBoundedAndEndsWithWorkUnderWay) {
  Rig rig;
  bool called = false;
  {
    Outbound out(2);
    const auto note = [&](const OutboundAnswer&) { called = true; };
    EXPECT_TRUE(out.client.start({.url = address(rig, "/hold")}, note));
    EXPECT_TRUE(out.client.start({.url = address(rig, "/hold")}, note));
    EXPECT_FALSE(out.client.start({.url = address(rig, "/hold")}, note));
    EXPECT_TRUE(rig.seen.wait_for("request /hold", 2));
  }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace kgw
