#include "agent/link.hpp"

#include <gtest/gtest.h>

#include "agent/demo.hpp"
#include "fake_server.hpp"

namespace kgw {
namespace {

TEST(GatewayUrl, Parses) {
  const auto plain = parse_gateway_url("ws://10.0.0.1:8000/ws");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host + "|" + plain->port + "|" + plain->target, "10.0.0.1|8000|/ws");
  const auto tls = parse_gateway_url("wss://pay.example.com?token=secret");
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(tls->port + "|" + tls->target, "443|/ws?token=secret");
  EXPECT_EQ(tls->host_field(), "pay.example.com");
  EXPECT_EQ(tls->shown(), "wss://pay.example.com/ws");
  const auto six = parse_gateway_url("ws://[::1]:8000");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->host_field(), "[::1]:8000");
  for (const char* bad :
       {"", "http://x/ws", "ws://", "ws://:80/", "ws://a:0/", "ws://a:70000/", "ws://a:/ws", "ws://a b/",
        "ws://u:p@a/", "ws://[::1", "ws://[x]:1/", "ws://[::1]8000/", "ws://a\r\nX: y/"})
    EXPECT_FALSE(parse_gateway_url(bad)) << bad;
}

// One Link on a loop's thread, which a test gives orders through on_loop().
class LinkTest : public testing::Test {
 protected:
  void start(const std::string& url, Milliseconds idle = 30s, Milliseconds connect = 10s) {
    start(std::vector{url}, idle, connect);
  }
  void start(const std::vector<std::string>& urls, Milliseconds idle = 30s, Milliseconds connect = 10s) {
    Link::Settings settings;
    for (const std::string& one : urls) settings.gateways.push_back(*parse_gateway_url(one));
    settings.token = [this] { return "tok" + std::to_string(++attempts); };
    settings.backoff_first = settings.backoff_max = Milliseconds(5);
    settings.disabled_pause = Milliseconds(5);
    settings.idle_timeout = idle;
    settings.connect_timeout = connect;
    settings.v2 = v2;
    link = std::make_unique<Link>(
        loop, settings,
        Link::Hooks{.up = [this] { seen.add(link->is_v2() ? "up v2" : "up"); },
                    .down =
                        [this](const LinkDown& down) {
                          seen.add("down " + std::to_string(down.http_status) + " " + down.reason);
                          seen.add("next " + std::to_string(down.next) + " after " +
                                   std::to_string(down.retry_after.count()));
                        },
                    .text = [this](std::string_view text) { seen.add("text " + std::string(text)); }});
    link->start();
    thread = std::thread([this] { loop.run(); });
  }
  ~LinkTest() override {
    loop.stop();
    if (thread.joinable()) thread.join();
  }
  void on_loop(const std::function<void()>& action) {
    std::promise<void> ran;
    loop.post([&] {
      action();
      ran.set_value();
    });
    ran.get_future().wait();
  }

  // Until the pong to the first ping has come: each text comes after what was sent before.
  void wait_for_round_trip() {
    for (bool measured = false; !measured;) {
      gateway.ws_text("x");
      ASSERT_NE(seen.take("text"), "");
      on_loop([&] { measured = link->round_trip().has_value(); });
    }
  }

  bool v2 = false;
  FakeServer gateway;
  Seen seen;
  int attempts = 0;
  AgentLoop loop;
  std::unique_ptr<Link> link;
  std::thread thread;
};

TEST_F(LinkTest, BearsItsTokenInAHeaderAndCarriesTextBothWays) {
  start(gateway.ws_url());
  EXPECT_EQ(gateway.seen.take("upgrade"), "upgrade Bearer tok1");
  EXPECT_EQ(seen.take("up"), "up");
  gateway.ws_text("{\"sum\":1000.10}");
  EXPECT_EQ(seen.take("text"), "text {\"sum\":1000.10}");
  const std::string large(limits::kFrameBytesMax, 'x');
  gateway.ws_text(large);
  EXPECT_EQ(seen.take("text").size(), large.size() + 5);
  on_loop([&] { EXPECT_TRUE(link->send("answer 1") && link->send(large) && link->send("answer 2")); });
  EXPECT_EQ(gateway.seen.take("text"), "text answer 1");
  EXPECT_EQ(gateway.seen.take("text").size(), large.size() + 5);
  EXPECT_EQ(gateway.seen.take("text"), "text answer 2");
}

class LinkV2Test : public LinkTest {
 protected:
  LinkV2Test() { v2 = true; }
};

TEST_F(LinkV2Test, SpeaksV2WithOneThatSaysHello) {
  gateway.speak_v2();
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up v2");
  gateway.ws_text("next");
  EXPECT_EQ(seen.take("text"), "text next") << "the hello is the link's own";
}

TEST_F(LinkV2Test, SpeaksV1WithOneThatDoesNotChooseIt) {
  start(gateway.ws_url());
  EXPECT_EQ(gateway.seen.take("offered"), "offered");
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkV2Test, SpeaksV1WithOneThatOnlyRepeatsIt) {
  gateway.speak_v2(R"({"request_id":"1","headers":{},"body":{}})");
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  EXPECT_EQ(seen.take("text"), R"(text {"request_id":"1","headers":{},"body":{}})");
}

TEST_F(LinkV2Test, SpeaksV1WithOneThatRepeatsItAndIsSilent) {
  gateway.speak_v2("");
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkV2Test, OffersItToNobodyWhoCallsThatABadRequest) {
  gateway.refuse_upgrades(400);
  start(gateway.ws_url());
  EXPECT_NE(seen.take("down 400"), "");
  gateway.refuse_upgrades(0);
  EXPECT_NE(seen.take("up"), "");
}

// What was composed for v1 says nothing to a gateway that speaks v2, and the other way round.
TEST_F(LinkV2Test, WhatWaitsGoesNowhereElse) {
  gateway.refuse_upgrades(503);
  start(gateway.ws_url());
  EXPECT_NE(seen.take("down 503"), "");
  on_loop([&] { EXPECT_TRUE(link->send("of v1")); });
  gateway.speak_v2();
  gateway.refuse_upgrades(0);
  EXPECT_EQ(seen.take("up"), "up v2");
  on_loop([&] { EXPECT_TRUE(link->send("of v2")); });
  EXPECT_EQ(gateway.seen.take("text"), "text of v2");
}

TEST_F(LinkTest, SaysNothingUnasked) {
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  gateway.ws_text("x");
  EXPECT_NE(seen.take("text"), "");
  on_loop([&] { link->close([] {}); });
  EXPECT_EQ(gateway.seen.take("closed"), "closed 1000");
  EXPECT_EQ(gateway.seen.count("text"), 0U);
}

TEST_F(LinkTest, RefusedUpgradesAreExplainedAndTriedAgain) {
  for (const unsigned status : {401U, 403U, 404U, 409U, 429U, 503U, 500U}) {
    gateway.refuse_upgrades(status);
    if (!link) start(gateway.ws_url());
    const std::string down = seen.take("down " + std::to_string(status) + " ");
    EXPECT_NE(down, "") << status;
    EXPECT_EQ(down.find("tok1"), std::string::npos) << down;
  }
  gateway.refuse_upgrades(0);
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkTest, ConnectsAgainAndSendsWhatWaited) {
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  gateway.refuse_upgrades(503);
  gateway.ws_close(WsClose::restart, "the gateway restarts");
  EXPECT_EQ(seen.take("down 0"), "down 0 The gateway closed the connection: the gateway restarts (1012)");
  on_loop([&] { EXPECT_TRUE(link->send("late answer")); });
  EXPECT_NE(seen.take("down 503"), "");
  gateway.refuse_upgrades(0);
  EXPECT_EQ(seen.take("up"), "up");
  EXPECT_EQ(gateway.seen.take("text"), "text late answer");
}

TEST_F(LinkTest, ACutLinkComesBack) {
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  on_loop([&] {
    link->drop();
    EXPECT_FALSE(link->is_up());
    EXPECT_TRUE(link->send("over the next one"));
  });
  EXPECT_NE(gateway.seen.take("closed"), "");
  EXPECT_EQ(seen.take("up"), "up");
  EXPECT_EQ(gateway.seen.take("text"), "text over the next one");
}

TEST_F(LinkTest, AGatewayThatHangsIsNoticed) {
  start(gateway.ws_url(), 300ms);
  EXPECT_EQ(seen.take("up"), "up");
  std::promise<void> go_on;
  std::thread hang([&] { gateway.on_loop([&] { go_on.get_future().wait(); }); });
  EXPECT_NE(seen.take("down 0 The gateway stopped responding"), "");
  go_on.set_value();
  hang.join();
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkTest, AStallInTheMiddleOfAMessageIsSaidWithItsPlace) {
  start(gateway.ws_url(), 300ms);
  EXPECT_EQ(seen.take("up"), "up");
  ASSERT_NO_FATAL_FAILURE(wait_for_round_trip());
  const std::string frame = encode_ws_frame(WsOpcode::text, std::string(1'000, 'x'));
  gateway.ws_bytes(frame.substr(0, frame.size() - 900));
  std::promise<void> go_on;
  std::thread hang([&] { gateway.on_loop([&] { go_on.get_future().wait(); }); });
  EXPECT_NE(seen.take("down 0 The gateway stopped responding in the middle of a message, after 100 bytes"), "");
  go_on.set_value();
  hang.join();
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkTest, TooLargeAMessageEndsTheConnectionNotTheAgent) {
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  gateway.ws_text(std::string(limits::kFrameBytesMax + 1, 'x'));
  EXPECT_NE(seen.take("down 0"), "");
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkTest, ClosesPolitelyAfterWhatWaits) {
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  on_loop([&] {
    link->send("last words");
    link->close([this] { seen.add("done"); });
  });
  EXPECT_EQ(gateway.seen.take("text"), "text last words");
  EXPECT_EQ(gateway.seen.take("closed"), "closed 1000");
  EXPECT_EQ(seen.take("done"), "done");
  EXPECT_EQ(seen.count("down"), 0U);
}

TEST_F(LinkTest, NobodyThereIsSaidSo) {
  std::string url;
  {
    const FakeServer gone;
    url = gone.ws_url();
  }
  start(url);
  EXPECT_NE(seen.take("down 0 Nothing answers at the gateway's address"), "");
  on_loop([&] { link->close([this] { seen.add("done"); }); });
  EXPECT_EQ(seen.take("done"), "done");
}

TEST_F(LinkTest, TheNextAddressWhenOneIsDeadAndTheNextWhenItRefuses) {
  std::string dead;
  {
    const FakeServer gone;
    dead = gone.ws_url();
  }
  start({dead, gateway.ws_url()});
  EXPECT_NE(seen.take("next 1 after "), "");
  EXPECT_EQ(seen.take("up"), "up");
  gateway.refuse_upgrades(503);
  on_loop([&] { link->drop(); });
  // The first one in order, which is dead; then this one, which refuses; and so on.
  EXPECT_NE(seen.take("down 0 The agent closed the connection"), "");
  EXPECT_NE(seen.take("down 503 "), "");
  gateway.refuse_upgrades(0);
  EXPECT_EQ(seen.take("up"), "up");
}

TEST_F(LinkTest, RetryAfterIsHeeded) {
  gateway.refuse_upgrades(503, "Retry-After: 7\r\n");
  start(gateway.ws_url());
  EXPECT_NE(seen.take("down 503 The gateway is restarting or overloaded; the agent will try again. It asked to "
                      "wait 7 s."),
            "");
  const std::string next = seen.take("next 0 after ");
  const long long wait = std::stoll("0" + next.substr(std::min<std::size_t>(next.size(), 13)));
  EXPECT_GT(wait, 6'000) << next;
  EXPECT_LE(wait, 7'005) << next;
}

TEST_F(LinkTest, TheRoundTripIsMeasured) {
  start(gateway.ws_url());
  EXPECT_EQ(seen.take("up"), "up");
  ASSERT_NO_FATAL_FAILURE(wait_for_round_trip());
  on_loop([&] { EXPECT_LT(*link->round_trip(), 20s); });
  gateway.refuse_upgrades(503);
  gateway.ws_close(WsClose::restart, "");
  EXPECT_NE(seen.take("down"), "");
  on_loop([&] { EXPECT_FALSE(link->round_trip()); });
}

TEST_F(LinkTest, AnUnknownHostNameIsSaidToBeOne) {
  start("ws://no-such-host.invalid:8000/ws");
  EXPECT_NE(seen.take("down 0 The host name no-such-host.invalid could not be resolved"), "");
}

TEST_F(LinkTest, APlainGatewayIsNoTlsOne) {
  start("wss://127.0.0.1:" + std::to_string(gateway.port) + "/ws", 45s, 200ms);
  EXPECT_NE(seen.take("down 0 The encrypted connection (TLS) could not be set up"), "");
}

}  // namespace
}  // namespace kgw
