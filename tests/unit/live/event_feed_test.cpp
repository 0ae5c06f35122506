// What a limited key's feed of events counts before it says hello.
#include "live/event_feed.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "net/loop.hpp"

namespace kgw {
namespace {

struct Nobody final : HttpHandler, WsHandler {
  BodyPolicy body_policy(const HttpHead&) override { return {}; }
  void on_request(const HttpRequest&) override {}
  void on_caller_gone(HttpCallId, bool) override {}
  std::string error_body(ErrorCode, std::string_view) override { return {}; }
  void on_ws_text(WsId, std::string_view) override {}
  void on_ws_alive(WsId) override {}
  void on_ws_pong(WsId, std::string_view) override {}
  void on_ws_closed(WsId, std::uint16_t, std::string_view) override {}
};

class EventFeedTest : public testing::Test {
 protected:
  static Caller caller_of(std::vector<std::string> kiosks) {
    KeyRecord key;
    key.name = key.owner = "shop";
    key.kiosks = std::move(kiosks);
    return Caller{std::make_shared<const KeyRecord>(std::move(key)), 0};
  }
  // Named so that every second one is the shop's.
  const KioskRef& add(int number) {
    return kiosks.put("k" + std::to_string(10'000 + number) + (number % 2 == 0 ? "_shop" : "_other"));
  }
  bool pump(EventFeed& feed) {
    return feed.pump(
        kiosks, [](const Kiosk&) { return "{}"; }, [this] { return ++hellos, "{}"; });
  }

  SystemClock clock;
  Loop loop{clock};
  Nobody nobody;
  HttpServer server{loop, nobody, nobody};
  KioskRegistry kiosks;
  int hellos = 0;
};

TEST_F(EventFeedTest, CountsSomeKiosksATurnAndSaysHelloWhenItKnowsAll) {
  for (int i = 0; i < 2000; ++i) add(i);
  EventFeed feed(caller_of({"*_shop"}), "life.1", server);
  feed.join(HttpCallId{1}, feed.viewer(), "");
  std::size_t counted = 0;
  while (!feed.ready()) {
    ASSERT_TRUE(pump(feed));
    EXPECT_EQ(hellos, 0);
    EXPECT_LE(feed.counts().total - counted, 256U) << "no turn looks at all of them";
    counted = feed.counts().total;
  }
  EXPECT_EQ(counted, 1000U);
  EXPECT_TRUE(pump(feed));
  EXPECT_EQ(hellos, 1);
}

TEST_F(EventFeedTest, WhatChangesWhileItCountsIsCountedOnce) {
  for (int i = 0; i < 1000; ++i) add(i);
  EventFeed feed(caller_of({"*_shop"}), "life.1", server);
  feed.join(HttpCallId{1}, feed.viewer(), "");
  ASSERT_TRUE(pump(feed));
  for (const int number : {0, 998}) {  // on both sides of where it has come to
    const KioskRef& kiosk = add(number);
    kiosk->session = SessionId{1};
    feed.count(kiosk->record.id, &kiosk);
  }
  const std::string gone = add(996)->record.id;
  kiosks.erase(gone);
  feed.count(gone, nullptr);
  while (!feed.ready()) ASSERT_TRUE(pump(feed));
  EXPECT_EQ(feed.counts().total, 499U);
  EXPECT_EQ(feed.counts().online, 2U);
}

}  // namespace
}  // namespace kgw
