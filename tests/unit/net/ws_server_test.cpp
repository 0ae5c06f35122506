#include <cstring>

#include "net/ws_connection.hpp"
#include "server_rig.hpp"

namespace kgw {
namespace {

static_assert(sizeof(WsConnection) <= 320, "ten thousand idle kiosks must stay cheap");

constexpr unsigned kText = 0x81, kPingByte = 0x89, kPongByte = 0x8a, kCloseByte = 0x88;

std::string close_payload(unsigned code, std::string_view reason = {}) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + std::string(reason);
}
unsigned close_code(const std::string& payload) {
  if (payload.size() < 2) return 0;
  return static_cast<unsigned>(static_cast<unsigned char>(payload[0]) << 8 |
                               static_cast<unsigned char>(payload[1]));
}

TEST(WsServer, EchoesTextOfAllSizes) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U, 300'000U, 1'000'000U}) {
    const std::string text(size, 'k');
    kiosk.send(Client::frame(kText, text));
    const auto [first, payload] = kiosk.read_frame();
    EXPECT_EQ(first, kText);
    EXPECT_TRUE(payload == "echo:" + text) << size;
  }
  EXPECT_EQ(rig.stats().websockets, 1U);
}

TEST(WsServer, HandlesWhatComesRightBehindTheUpgrade) {
  Rig rig;
  Client kiosk(rig);
  kiosk.send(std::string(Client::kUpgrade) + Client::frame(kText, "early"));
  EXPECT_TRUE(kiosk.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  EXPECT_EQ(kiosk.read_frame().second, "hello");
  EXPECT_EQ(kiosk.read_frame().second, "echo:early");
}

TEST(WsServer, AnUpgradeMayBeHeldForAWhile) {
  Rig rig;
  Client kiosk(rig);
  std::string request(Client::kUpgrade);
  request.replace(4, 3, "/hold-ws");
  kiosk.send(request);
  ASSERT_TRUE(rig.seen.wait_for("request /hold-ws"));
  kiosk.send(Client::frame(kText, "early"));
  rig.stats();
  rig.on_loop([&] {
    EXPECT_NE(rig.server.upgrade(rig.handler.held[0], rig.handler.accept, "X-Held: 1\r\n"), WsId::none);
  });
  EXPECT_NE(kiosk.read_until("\r\n\r\n").find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Held: 1\r\n"),
            std::string::npos);
  EXPECT_EQ(kiosk.read_frame().second, "echo:early");
}

TEST(WsServer, TakesFramesByteByByteAndInPieces) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  const std::string frames = Client::frame(0x01, "frag") + Client::frame(kPingByte, "in between") +
                             Client::frame(0x00, "men") + Client::frame(0x80, "ted");
  for (const char c : frames) kiosk.send(std::string(1, c));
  EXPECT_EQ(kiosk.read_frame(), std::make_pair(kPongByte, std::string("in between")));
  EXPECT_EQ(kiosk.read_frame().second, "echo:fragmented");
}

TEST(WsServer, ManySmallFramesInOneRead) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  std::string frames;
  for (int i = 0; i < 10'000; ++i) frames += Client::frame(kText, std::to_string(i));
  std::thread sender([&] { kiosk.send(frames); });
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(kiosk.read_frame().second, "echo:" + std::to_string(i));
  sender.join();
}

TEST(WsServer, EchoesAClose) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  kiosk.send(Client::frame(kCloseByte, close_payload(1000, "bye")));
  const auto [first, payload] = kiosk.read_frame();
  EXPECT_EQ(first, kCloseByte);
  EXPECT_EQ(close_code(payload), 1000U);
  EXPECT_TRUE(kiosk.closed());
  EXPECT_TRUE(rig.seen.wait_for("closed 1000"));
  EXPECT_EQ(rig.stats().websockets, 0U);
  kiosk.end();
  while (rig.stats().connections > 0) std::this_thread::yield();
}

TEST(WsServer, CloseWithoutACode) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  kiosk.send(Client::frame(kCloseByte, {}));
  EXPECT_EQ(kiosk.read_frame(), std::make_pair(kCloseByte, std::string()));
  EXPECT_TRUE(kiosk.closed());
  EXPECT_TRUE(rig.seen.wait_for("closed 1005"));
}

TEST(WsServer, OurCloseStillTakesAnAnswerThatIsOnItsWay) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  kiosk.send(Client::frame(kText, "close me"));
  EXPECT_EQ(kiosk.read_frame(), std::make_pair(kCloseByte, close_payload(1008, "as asked")));
  kiosk.send(Client::frame(kText, "the payment's answer") + Client::frame(kCloseByte, close_payload(1008)));
  EXPECT_TRUE(kiosk.closed()) << "no data after a close frame";
  EXPECT_TRUE(rig.seen.wait_for("text the payment's answer"));
  EXPECT_TRUE(rig.seen.wait_for("closed 1008"));
}

TEST(WsServer, OurCloseEndsTcpEvenWithoutAnEcho) {
  Rig rig({.close_time = 150ms});
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  kiosk.send(Client::frame(kText, "close me"));
  EXPECT_EQ(kiosk.read_frame().first, kCloseByte);
  EXPECT_TRUE(kiosk.closed());
  EXPECT_TRUE(rig.seen.wait_for("closed 1006"));
  EXPECT_EQ(rig.stats().connections, 0U);
}

TEST(WsServer, FaultsAreToldAndEndTheConnection) {
  Rig rig({.close_time = 150ms});
  const std::pair<std::string, unsigned> cases[] = {
      {std::string("\x81\x05hello", 7), 1002},                // unmasked
      {Client::frame(0xc1, "x"), 1002},                       // RSV1
      {Client::frame(0x83, "x"), 1002},                       // reserved opcode
      {Client::frame(0x80, "x"), 1002},                       // continues nothing
      {Client::frame(kText, "\xc3("), 1007},                  // no UTF-8
      {Client::frame(0x82, "x"), 1003},                       // binary
      {std::string("\x81\xff\x40\0\0\0\0\0\0\0", 10), 1009},  // 2^62 bytes
  };
  std::size_t faults = 0;
  for (const auto& [bytes, code] : cases) {
    Client kiosk(rig);
    ASSERT_TRUE(kiosk.upgrade());
    kiosk.send(bytes + Client::frame(kText, "ignored"));
    const auto [first, payload] = kiosk.read_frame();
    EXPECT_EQ(first, kCloseByte);
    EXPECT_EQ(close_code(payload), code);
    EXPECT_TRUE(kiosk.closed());
    kiosk.send(Client::frame(kText, "ignored"));
    while (rig.stats().connections > 0) std::this_thread::yield();  // although we do not close our end
    EXPECT_EQ(rig.stats().ws_faults, ++faults);
  }
  EXPECT_EQ(rig.seen.count("text ignored"), 0U);
  EXPECT_EQ(rig.seen.count("life of the dead"), 0U);
}

TEST(WsServer, ALostConnectionIsToldOnce) {
  Rig rig;
  Client gone(rig);
  ASSERT_TRUE(gone.upgrade());
  gone.end();
  ASSERT_TRUE(rig.seen.wait_for("closed 1006"));
  Client reset(rig);
  ASSERT_TRUE(reset.upgrade());
  reset.reset();
  ASSERT_TRUE(rig.seen.wait_for("closed 1006", 2));
  rig.on_loop([&] { EXPECT_FALSE(rig.server.ws_send(rig.handler.ws, encode_ws_frame(WsOpcode::text, "x"))); });
  EXPECT_EQ(rig.seen.count("closed 1006"), 2U);
}

TEST(WsServer, AKioskIsGivenNoMoreThanTheBoundAndGoesOnWhenItHasRead) {
  Rig rig({.unsent_bytes_max = 1'000'000});
  Client kiosk(rig, 4096);
  ASSERT_TRUE(kiosk.upgrade());
  kiosk.send(Client::frame(kText, "flood"));
  std::size_t frames = 0;
  while (kiosk.read_frame().second.size() == 100'000) {
    if (++frames == rig.seen.count("flooded")) break;
  }
  EXPECT_LE(frames, 10U);
  EXPECT_GE(frames, 9U);
  kiosk.send(Client::frame(kText, "more"));
  EXPECT_EQ(kiosk.read_frame().second, "echo:more");
}

// Small payloads are copied into the turn's output and large ones are not; all in one turn, and more than its
// socket takes at once.
TEST(WsServer, FramesInTwoPartsLeaveWholeAndInOrder) {
  Rig rig;
  Client kiosk(rig, 4096);
  ASSERT_TRUE(kiosk.upgrade());
  std::vector<SharedBytes> payloads;
  for (const std::size_t size : {0, 1, 125, 126, 4091, 4092, 4093, 65'535, 65'536, 1'000'000, 5})
    payloads.push_back(share(std::string(size, static_cast<char>('a' + payloads.size()))));
  rig.on_loop([&] {
    for (const SharedBytes& payload : payloads) {
      char header[kWsHeaderBytesMax];
      const std::size_t size = write_ws_header(header, WsOpcode::text, payload->size());
      EXPECT_TRUE(rig.server.ws_send(rig.handler.ws, {header, size}, payload));
      EXPECT_TRUE(rig.server.ws_send(rig.handler.ws, encode_ws_frame(WsOpcode::text, "in one")));
    }
  });
  for (const SharedBytes& payload : payloads) {
    EXPECT_TRUE(kiosk.read_frame() == std::make_pair(kText, *payload)) << payload->size();
    EXPECT_EQ(kiosk.read_frame().second, "in one");
  }
}

TEST(WsServer, AFrameInTwoPartsKeepsToTheBoundAsAWhole) {
  Rig rig({.unsent_bytes_max = 100'000});
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  rig.on_loop([&] {
    const SharedBytes payload = share(std::string(99'999, 'x'));
    EXPECT_FALSE(rig.server.ws_send(rig.handler.ws, "12", payload));
    EXPECT_TRUE(rig.server.ws_send(rig.handler.ws, "1", payload));
  });
}

TEST(WsServer, AKioskThatTakesNoBytesIsLost) {
  Rig rig({.write_time = 100ms});
  rig.on_loop([&] { rig.handler.big = share(std::string(3'900'000, 'x')); });
  Client kiosk(rig, 4096);
  ASSERT_TRUE(kiosk.upgrade());
  rig.on_loop([&] { rig.server.ws_send(rig.handler.ws, encode_ws_frame(WsOpcode::text, *rig.handler.big)); });
  EXPECT_TRUE(rig.seen.wait_for("closed 1006"));
}

TEST(WsServer, PingsFromAKioskThatDoesNotReadCostNoMemory) {
  Rig rig;
  rig.on_loop([&] { rig.handler.big = share(std::string(3'000'000, 'x')); });
  Client kiosk(rig, 4096);
  ASSERT_TRUE(kiosk.upgrade());
  rig.on_loop([&] { rig.server.ws_send(rig.handler.ws, encode_ws_frame(WsOpcode::text, *rig.handler.big)); });
  for (int i = 0; i < 1000; ++i) kiosk.send(Client::frame(kPingByte, std::to_string(i)));
  kiosk.send(Client::frame(kText, "after"));
  ASSERT_TRUE(rig.seen.wait_for("text after"));
  EXPECT_EQ(kiosk.read_frame().second.size(), 3'000'000U);
  const auto [one, first] = kiosk.read_frame();
  const auto [two, second] = kiosk.read_frame();
  EXPECT_EQ(first, "echo:after");
  EXPECT_EQ(two, kPongByte);
  EXPECT_EQ(second, "999");
}

TEST(WsServer, PingsAndClosesTheSilent) {
  Rig rig({.ping_interval = 100ms, .pong_time = 80ms});
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  for (int i = 0; i < 3; ++i) {
    const auto [first, payload] = kiosk.read_frame();
    ASSERT_EQ(first, kPingByte) << i;
    kiosk.send(i == 1 ? Client::frame(kText, "life") : Client::frame(kPongByte, payload));
    if (i == 1) {
      EXPECT_EQ(kiosk.read_frame().second, "echo:life");
    }
  }
  EXPECT_EQ(kiosk.read_frame().first, kPingByte);
  EXPECT_EQ(kiosk.read_frame().first, kCloseByte);
  EXPECT_TRUE(rig.seen.wait_for("closed 1006"));
}

// The loop stands still for longer than a kiosk has for its pong, and the pongs come only then.
TEST(WsServer, APauseOfTheGatewayCutsNoKioskOff) {
  Rig rig({.ping_interval = 50ms, .pong_time = 1h});
  std::deque<Client> kiosks;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(kiosks.emplace_back(rig).upgrade());
  std::vector<std::string> pings;
  for (Client& kiosk : kiosks) {
    const auto [first, payload] = kiosk.read_frame();
    ASSERT_EQ(first, kPingByte);
    pings.push_back(payload);
  }
  rig.on_loop([&] { rig.clock.jump(2h); });
  rig.stats();  // a turn with the new time
  for (std::size_t i = 0; i < kiosks.size(); ++i) kiosks[i].send(Client::frame(kPongByte, pings[i]));
  for (Client& kiosk : kiosks) {
    kiosk.send(Client::frame(kText, "here"));
    ASSERT_EQ(kiosk.read_frame().second, "echo:here");
  }
  EXPECT_EQ(rig.seen.count("closed 1006"), 0U);
}

TEST(WsServer, WhatAKioskSaidBeforeItsEndIsHeard) {
  Rig rig;
  Client resets(rig), closes(rig);
  ASSERT_TRUE(resets.upgrade());
  ASSERT_TRUE(closes.upgrade());
  rig.on_loop([&] {  // all of it is there at the next turn
    resets.send(Client::frame(kText, "before the reset"));
    resets.reset();
    closes.send(Client::frame(kText, "before the close"));
    closes.end();
  });
  ASSERT_TRUE(rig.seen.wait_for("closed 1006", 2));
  EXPECT_EQ(rig.seen.count("text before the reset"), 1U);
  EXPECT_EQ(rig.seen.count("text before the close"), 1U);
}

TEST(WsServer, ABinaryMessageIsOfferedToTheHandler) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  kiosk.send(Client::frame(0x82, "take this\xff") + Client::frame(kText, "and go on"));
  EXPECT_EQ(kiosk.read_frame().second, "echo:and go on");
  kiosk.send(Client::frame(0x82, "not this"));
  EXPECT_EQ(close_code(kiosk.read_frame().second), 1003U);
}

TEST(WsServer, ManyThatComeOrGoAtOnceTakeManyTurns) {
  constexpr std::size_t kKiosks = 100;
  Rig rig;
  std::deque<Client> kiosks;
  for (std::size_t i = 0; i < kKiosks; ++i) kiosks.emplace_back(rig);
  while (rig.stats().connections < kKiosks) {  // each look is a turn
  }
  // All at once for the loop, which does nothing else meanwhile.
  rig.on_loop([&] {
    for (const Client& kiosk : kiosks) kiosk.send(Client::kUpgrade);
  });
  while (rig.stats().websockets < kKiosks) {
  }
  rig.on_loop([&] { kiosks.clear(); });
  ASSERT_TRUE(rig.seen.wait_for("closed 1006", kKiosks));
  rig.on_loop([&] {
    EXPECT_LE(rig.handler.requests_max, 16U);
    EXPECT_LE(rig.handler.closed_max, 32U);
  });
}

TEST(WsServer, CloseAllEndsEverything) {
  Rig rig;
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  Client caller(rig);
  caller.send(post("/hold", ""));
  ASSERT_TRUE(rig.seen.wait_for("request /hold"));
  kiosk.send(Client::frame(kText, "echo this"));
  EXPECT_EQ(kiosk.read_frame().second, "echo:echo this");
  rig.on_loop([&] { rig.server.close_all(WsClose::restart, "restart"); });
  EXPECT_EQ(kiosk.read_frame(), std::make_pair(kCloseByte, close_payload(1012, "restart")));
  EXPECT_TRUE(kiosk.closed());
  EXPECT_TRUE(caller.closed());
  EXPECT_TRUE(rig.seen.wait_for("closed 1012"));
  EXPECT_TRUE(rig.seen.wait_for("gone"));
  EXPECT_EQ(rig.stats().connections, 0U);
  EXPECT_FALSE(Client(rig).connected());
}

}  // namespace
}  // namespace kgw
