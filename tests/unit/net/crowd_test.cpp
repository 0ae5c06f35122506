// Too many, and too much: who gives way to whom, and what is held of what has not arrived or is not taken.
#include "net/visitors.hpp"
#include "server_rig.hpp"

namespace kgw {
namespace {

constexpr std::string_view kGet = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kKnown = "GET /known HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::size_t kMegabyte = 1024 * 1024;

std::string half_a_body(std::string_view path, std::size_t announced, std::size_t sent,
                        std::string_view fields = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(announced) + "\r\n\r\n" + std::string(sent, 'b');
}

TEST(Visitors, AnIpv6AddressCountsForItsNetwork) {
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::9"));
  EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
}

TEST(Crowd, StrangersGiveWayAndWhoIsKnownStays) {
  Rig rig({.connections_max = 3});
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  Client backend(rig);
  backend.send(kKnown);
  ASSERT_TRUE(backend.read_answer().ends_with("known"));
  Client stranger(rig);
  stranger.send(kGet);
  ASSERT_TRUE(stranger.read_answer().ends_with("GET:"));
  for (int i = 0; i < 20; ++i) {
    Client next(rig);
    next.send(kGet);
    ASSERT_TRUE(next.read_answer().ends_with("GET:")) << "the newcomer gets the stranger's place";
  }
  EXPECT_TRUE(stranger.closed());
  backend.send(kGet);
  EXPECT_TRUE(backend.read_answer().ends_with("GET:"));
  kiosk.send(Client::frame(0x81, "still here"));
  EXPECT_EQ(kiosk.read_frame().second, "echo:still here");
}

TEST(Crowd, ACallThatWaitsForItsAnswerIsNotSentAway) {
  Rig rig({.connections_max = 1});
  Client caller(rig);
  caller.send(post("/hold", "1"));
  ASSERT_TRUE(rig.seen.wait_for("request /hold"));
  Client next(rig);
  EXPECT_TRUE(next.read_answer().starts_with("HTTP/1.1 503 "));
  rig.on_loop([&] { rig.server.respond(rig.handler.held[0], {.body = "held"}); });
  EXPECT_TRUE(caller.read_answer().ends_with("held"));
}

TEST(Crowd, WhoMayNotSendABodyIsToldBeforeItIsRead) {
  Rig rig;
  Client client(rig);
  client.send(half_a_body("/closed", 5 * kMegabyte, 0));
  const std::string answer = client.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
  EXPECT_NE(answer.find("WWW-Authenticate: Bearer\r\n"), std::string::npos);
  EXPECT_TRUE(client.closed());
  Client chunked(rig);
  chunked.send("POST /closed HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_TRUE(chunked.read_answer().starts_with("HTTP/1.1 401 "));
  EXPECT_EQ(rig.seen.count("request /closed"), 0U);
}

// What strangers of one address may have under way is bounded; what is only announced does not count, and who
// has shown a key does not share that bound.
TEST(Crowd, UnfinishedBodiesOfOneAddressAreBounded) {
  Rig rig({.arriving_of_address_max = 2 * kMegabyte});
  std::vector<std::unique_ptr<Client>> announcing;
  for (int i = 0; i < 20; ++i) {
    announcing.push_back(std::make_unique<Client>(rig));
    announcing.back()->send(half_a_body("/large", 8 * kMegabyte, 1));
  }
  ASSERT_TRUE(rig.seen.wait_for("admit /large", 20));
  std::vector<std::unique_ptr<Client>> sending;
  for (int i = 0; i < 8; ++i) {
    sending.push_back(std::make_unique<Client>(rig));
    Client& client = *sending.back();
    client.send(half_a_body("/large", 8 * kMegabyte, kMegabyte));
    client.send("more");
    rig.seen.wait_for("admit /large", 21 + static_cast<std::size_t>(i));
  }
  while (rig.stats().bad_requests < 6) std::this_thread::yield();
  EXPECT_LE(rig.stats().bad_requests, 8U) << "those who only announced are not among them";
  Client known(rig);
  const std::string body(4 * kMegabyte, 'k');
  std::thread sender([&] { known.send(post("/large", body, "Key: yes\r\n")); });
  EXPECT_TRUE(known.read_answer().ends_with("POST:" + body));
  sender.join();
}

TEST(Crowd, UnfinishedHeadsShareABound) {
  Rig rig({.arriving_bytes_max = 64 * 1024});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(rig));
    clients.back()->send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'h'));
  }
  EXPECT_TRUE(clients.back()->read_answer().starts_with("HTTP/1.1 503 "));
  Client small(rig);
  for (const char c : std::string(kGet)) small.send(std::string(1, c));
  EXPECT_TRUE(small.read_answer().ends_with("GET:")) << "who holds little is not the one who gives way";
}

// Ten kiosks begin a large message each, and there is room for one: all of them arrive in the end, one by one.
TEST(Crowd, LargeMessagesArriveInTurnAndNoneIsLost) {
  Rig rig({.arriving_bytes_max = 1024 * 1024});
  std::vector<std::unique_ptr<Client>> kiosks;
  std::vector<std::thread> senders;
  std::vector<std::string> texts;
  for (int i = 0; i < 10; ++i) {
    kiosks.push_back(std::make_unique<Client>(rig));
    ASSERT_TRUE(kiosks.back()->upgrade());
    texts.push_back(std::string(900'000, static_cast<char>('a' + i)));
  }
  for (std::size_t i = 0; i < kiosks.size(); ++i)
    senders.emplace_back([&, i] { kiosks[i]->send(Client::frame(0x81, texts[i])); });
  for (std::size_t i = 0; i < kiosks.size(); ++i)
    EXPECT_TRUE(kiosks[i]->read_frame().second == "echo:" + texts[i]) << i;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(rig.stats().websockets, 10U);
}

TEST(Crowd, AKioskThatNeverEndsItsMessageGivesUpItsPlaceInTheEnd) {
  Rig rig({.arriving_bytes_max = 1024 * 1024, .body_time = 200ms});
  const std::string text(900'000, 't');
  const std::string frame = Client::frame(0x81, text);
  Client slow(rig);
  ASSERT_TRUE(slow.upgrade());
  slow.send(std::string_view(frame).substr(0, 500'000));
  while (rig.stats().bytes_in < 500'000) std::this_thread::yield();
  Client next(rig);
  ASSERT_TRUE(next.upgrade());
  std::thread sender([&] { next.send(frame); });
  EXPECT_EQ(next.read_frame().second, "echo:" + text);
  sender.join();
  EXPECT_EQ(slow.read_frame().first, 0x88U);
}

TEST(Crowd, KiosksWaitUnreadWhileThereIsNoRoomForMore) {
  Rig rig;
  Client large(rig);
  Client small(rig);
  ASSERT_TRUE(large.upgrade());
  ASSERT_TRUE(small.upgrade());
  Client backend(rig);
  const std::string request = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
  rig.on_loop([&] { rig.server.read_kiosks(false); });
  const std::uint64_t before = rig.stats().bytes_in;
  const std::string text(900'000, 't');
  ASSERT_TRUE(small.send(Client::frame(0x81, "small")));
  std::thread sender([&] { large.send(Client::frame(0x81, text)); });
  for (std::uint64_t i = 1; i <= 10; ++i) {  // the loop turns meanwhile
    backend.send(request);
    EXPECT_TRUE(backend.read_answer().ends_with("GET:"));
    EXPECT_EQ(rig.stats().bytes_in, before + i * request.size()) << "no byte of a kiosk's is read";
  }
  rig.on_loop([&] { rig.server.read_kiosks(true); });
  EXPECT_EQ(small.read_frame().second, "echo:small");
  EXPECT_EQ(large.read_frame().second, "echo:" + text);
  sender.join();
  EXPECT_EQ(rig.stats().websockets, 2U);
}

TEST(Crowd, WhoWaitsUnreadIsNotJudgedByItsSilence) {
  Rig rig({.ping_interval = 20ms, .pong_time = 20ms});
  Client kiosk(rig);
  ASSERT_TRUE(kiosk.upgrade());
  rig.on_loop([&] { rig.server.read_kiosks(false); });
  kiosk.send(Client::frame(0x81, "small"));
  for (int i = 0; i < 3; ++i) {
    Client other(rig);  // answers no ping, and has sent nothing: its end shows that the time for a pong is over
    ASSERT_TRUE(other.upgrade());
    while (other.read_frame().first != 0x88U) {
    }
  }
  rig.on_loop([&] { rig.server.read_kiosks(true); });
  while (true) {
    const auto [opcode, payload] = kiosk.read_frame();
    ASSERT_NE(opcode, 0x88U) << "it was cut off";
    if (opcode == 0x81U) break;
  }
}

TEST(Crowd, AnswersThatNobodyTakesShareABound) {
  Rig rig({.unsent_of_all_max = 20'000'000});
  rig.on_loop([&] { rig.handler.big = share(std::string(9'000'000, 'x')); });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(rig, 4096));
    clients.back()->send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(rig.seen.wait_for("request /big", static_cast<std::size_t>(i) + 1));
  }
  const HttpServerStats stats = rig.stats();
  EXPECT_GE(stats.sent_away, 2U);
  EXPECT_LE(stats.connections, 4U);
  EXPECT_EQ(clients.back()->read_answer().size() / 1000, 9'000U) << "the latest is not the one that goes";
}

TEST(Crowd, WhatIsTheSameForAllIsHeldOnce) {
  Rig rig({.unsent_of_all_max = 20'000'000});
  rig.on_loop([&] { rig.handler.big = share(std::string(9'000'000, 'x')); });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(rig, 4096));
    clients.back()->send("GET /fixed HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_TRUE(rig.seen.wait_for("request /fixed", static_cast<std::size_t>(i) + 1));
  }
  EXPECT_EQ(rig.stats().sent_away, 0U);
  long uses = 0;
  rig.on_loop([&] { uses = rig.handler.big.use_count(); });
  EXPECT_EQ(uses, 7);
}

TEST(Crowd, TlsOnThePlainPortIsSeenAsWhatItIs) {
  Rig rig;
  Client client(rig);
  client.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(rig.seen.count("tls"), 1U);
  Client later(rig);  // as the second request it is only a bad one
  later.send(kGet);
  EXPECT_TRUE(later.read_answer().ends_with("GET:"));
  later.send("\x16\x03\x01\r\n\r\n");
  EXPECT_TRUE(later.read_answer().starts_with("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace kgw
