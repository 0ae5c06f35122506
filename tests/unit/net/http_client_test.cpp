#include "net/http_client.hpp"

#include <atomic>
#include <cstdlib>

#include "server_rig.hpp"

namespace kgw {
namespace {

using Trouble = OutboundAnswer::Trouble;

// A client and what wakes the test.
class Outbound {
 public:
  explicit Outbound(std::size_t queue_max = 1000, MayConnect may_connect = {})
      : client([this] { woken_.add("wake"); }, queue_max, std::move(may_connect)) {}
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

// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

// Whom a client asks before it connects; it allows what is told to it.
class Doorman {
 public:
  MayConnect check() {
    return [this](const std::array<std::uint8_t, 16>& address) {
      asked.add(std::to_string(address[10]) + ' ' + std::to_string(address[12]) + '.' +
                std::to_string(address[13]) + '.' + std::to_string(address[14]) + '.' +
                std::to_string(address[15]));
      return open.load();
    };
  }
  std::atomic<bool> open{false};
  Sightings asked;
};
constexpr const char* kLoopback = "255 127.0.0.1";

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

TEST(HttpClient, ConnectsOnlyWhereItMay) {
  Rig rig;
  Doorman doorman;
  Outbound out(1000, doorman.check());
  const OutboundAnswer forbidden = out.get({.method = "POST", .url = address(rig, "/echo"), .body = "hi"});
  EXPECT_EQ(forbidden.trouble, Trouble::forbidden);
  EXPECT_EQ(forbidden.why, "its host leads to 127.0.0.1, which may not be connected to");
  EXPECT_EQ(forbidden.status, 0U);
  EXPECT_EQ(doorman.asked.all(), std::vector<std::string>{kLoopback});
  EXPECT_EQ(rig.stats().accepted, 0U) << "not even a connection";

  doorman.open = true;
  EXPECT_EQ(out.get({.method = "POST", .url = address(rig, "/echo"), .body = "hi"}).body, "POST:hi");
  EXPECT_EQ(doorman.asked.count(kLoopback), 2U);
  EXPECT_EQ(out.get({.url = address(rig, "/empty")}).status, 204U);
  EXPECT_EQ(doorman.asked.count(kLoopback), 2U) << "the kept connection leads where it was allowed to";
  EXPECT_EQ(rig.stats().accepted, 1U);
}

// Whatever the host's text is: what it leads to is looked at.
TEST(HttpClient, OfAnyNotationTheAddressIsLookedAt) {
  Rig rig;
  Doorman doorman;
  Outbound out(1000, doorman.check());
  std::size_t times = 0;
  for (const std::string host :
       {"127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]"}) {
    const OutboundAnswer answer = out.get({.url = "http://" + host + ':' + std::to_string(rig.port) + "/echo"});
    EXPECT_EQ(answer.trouble, Trouble::forbidden) << host << ": " << answer.why;
    EXPECT_EQ(doorman.asked.count(kLoopback), ++times) << host;
  }
  EXPECT_EQ(out.get({.url = "http://localhost:" + std::to_string(rig.port) + "/echo"}).trouble,
            Trouble::forbidden);
  EXPECT_EQ(rig.stats().accepted, 0U);
}

TEST(HttpClient, GoesAroundProxiesWhereAddressesMatter) {
  Rig proxy;
  const std::string at = "http://127.0.0.1:" + std::to_string(proxy.port);
  const Variable lower("http_proxy", at), all("ALL_PROXY", at);
  const OutboundRequest elsewhere{.url = "http://192.0.2.1/echo"};
  Doorman doorman;
  Outbound out(1000, doorman.check());
  EXPECT_EQ(out.get(elsewhere).trouble, Trouble::forbidden);
  OutboundRequest named = elsewhere;
  named.proxy = at;
  EXPECT_EQ(out.get(named).trouble, Trouble::forbidden);
  EXPECT_EQ(doorman.asked.all(), (std::vector<std::string>{"255 192.0.2.1", "255 192.0.2.1"}));
  EXPECT_EQ(proxy.stats().accepted, 0U);
  Outbound other;
  other.get(elsewhere);
  EXPECT_EQ(proxy.stats().accepted, 1U) << "the environment would have led there";
}

TEST(HttpClient, AnAnswerThatIsTooLargeHasAStatus) {
  Rig rig;
  Outbound out;
  rig.on_loop([&] { rig.handler.big = share(std::string(100'000, 'x')); });
  EXPECT_EQ(out.get({.url = address(rig, "/big"), .answer_bytes_max = 1000}).status, 200U);
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
