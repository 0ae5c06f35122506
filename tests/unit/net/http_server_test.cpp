#include <sys/resource.h>

#include "server_rig.hpp"

namespace kgw {
namespace {

constexpr std::string_view kGet = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";

constexpr std::string_view kKnown = "GET /known HTTP/1.1\r\nHost: x\r\n\r\n";

bool ends(const std::string& text, std::string_view end) { return text.ends_with(end); }

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  Rig rig;
  Client client(rig);
  for (int i = 0; i < 3; ++i) {
    client.send(post("/echo", "abc"));
    const std::string answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
    EXPECT_NE(
        answer.find(" GMT\r\nContent-Type: application/json\r\nContent-Length: 8\r\nX-Rig: 1\r\n\r\nPOST:abc"),
        std::string::npos)
        << answer;
  }
  EXPECT_EQ(rig.stats().accepted, 1U);
}

TEST(HttpServer, AnswersAThousandPipelinedRequestsInOrder) {
  Rig rig;
  Client client(rig);
  std::string all;
  for (int i = 0; i < 1000; ++i) all += post("/echo", std::to_string(i));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(ends(client.read_answer(), "\r\n\r\nPOST:" + std::to_string(i)));
  sender.join();
}

TEST(HttpServer, PipelinedRequestsWaitForTheOneThatIsHeld) {
  Rig rig;
  Client client(rig);
  client.send(post("/hold", "1"));
  ASSERT_TRUE(rig.seen.wait_for("request /hold"));
  client.send(post("/echo", "2"));
  rig.on_loop([&] { rig.server.respond(rig.handler.held[0], {.body = "held"}); });
  EXPECT_TRUE(ends(client.read_answer(), "held"));
  EXPECT_TRUE(ends(client.read_answer(), "POST:2"));
  client.send(kGet);  // and reading goes on
  EXPECT_TRUE(ends(client.read_answer(), "GET:"));
}

TEST(HttpServer, TakesARequestByteByByte) {
  Rig rig;
  Client client(rig);
  for (const char c : "\r\n" + post("/echo", "slowly")) ASSERT_TRUE(client.send(std::string(1, c)));
  EXPECT_TRUE(ends(client.read_answer(), "POST:slowly"));
}

TEST(HttpServer, TakesChunkedBodiesHoweverTheyAreCut) {
  Rig rig;
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: "
      "t\r\n\r\n";
  Client client(rig);
  client.send(request + request + std::string(kGet));
  EXPECT_TRUE(ends(client.read_answer(), "POST:abcde"));
  EXPECT_TRUE(ends(client.read_answer(), "POST:abcde"));
  EXPECT_TRUE(ends(client.read_answer(), "GET:"));
  for (const char c : request) client.send(std::string(1, c));
  EXPECT_TRUE(ends(client.read_answer(), "POST:abcde"));
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n" +
              std::string(0x500, 'x'));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, SaysContinueOnlyWhenTheBodyIsWelcome) {
  Rig rig;
  Client client(rig);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  client.send(head + "4\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_TRUE(ends(client.read_answer(), "POST:body"));
  client.send(head + "4000\r\n\r\n");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, SaysHowLongARequestLayInItsSocket) {
  Rig rig;
  Client known(rig);
  known.send(post("/echo", "first"));
  ASSERT_TRUE(ends(known.read_answer(), "POST:first"));
  EXPECT_EQ(rig.handler.last_waited, 0ms);
  EXPECT_FALSE(rig.handler.last_half_closed);
  Client fresh(rig);
  for (Client* const client : {&known, &fresh}) {
    rig.on_loop([&] {  // a gateway that stands still meanwhile
      client->send(post("/echo", "left"));
      client->half_close();
      poll(nullptr, 0, 300);  // ms
    });
    ASSERT_TRUE(ends(client->read_answer(), "POST:left"));
    rig.on_loop([&] {
      EXPECT_GE(rig.handler.last_waited, 250ms);
      EXPECT_TRUE(rig.handler.last_half_closed);
    });
  }
}

TEST(HttpServer, APauseOfTheGatewayIsNotTheClientsFault) {
  Rig rig({.head_time = 1h, .body_time = 1h, .keep_alive_time = 1h});
  Client idle(rig), in_head(rig), in_body(rig);
  in_head.send("GET /echo HTTP/1.1\r\nHo");
  in_body.send(post("/echo", "body").substr(0, 45));
  idle.send(kGet);
  ASSERT_TRUE(ends(idle.read_answer(), "GET:"));
  while (rig.stats().bytes_in < 22 + 45 + kGet.size()) {
  }
  rig.on_loop([&] { rig.clock.jump(2h); });
  rig.stats();  // a turn with the new time
  in_head.send("st: x\r\n\r\n");
  EXPECT_TRUE(ends(in_head.read_answer(), "GET:"));
  in_body.send(post("/echo", "body").substr(45));
  EXPECT_TRUE(ends(in_body.read_answer(), "POST:body"));
  idle.send(kGet);
  EXPECT_TRUE(ends(idle.read_answer(), "GET:"));
}

TEST(HttpServer, HeadHasTheLengthButNoBody) {
  Rig rig;
  Client client(rig);
  client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.read_answer(false).find("Content-Length: 5\r\n"), std::string::npos);
  client.send("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string empty = client.read_answer();
  EXPECT_TRUE(empty.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_EQ(empty.find("Content-"), std::string::npos);
  client.send(kGet);
  EXPECT_TRUE(ends(client.read_answer(), "GET:"));
}

TEST(HttpServer, ClosesWhenAskedOrForHttp10) {
  Rig rig;
  Client asks(rig);
  asks.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + std::string(kGet));
  EXPECT_NE(asks.read_answer().find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(asks.closed());
  Client old(rig);
  old.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(ends(old.read_answer(), "GET:"));
  EXPECT_TRUE(old.closed());
  Client kept(rig);
  kept.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(kept.read_answer().find("Connection: keep-alive\r\n"), std::string::npos);
  kept.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(ends(kept.read_answer(), "GET:"));
}

TEST(HttpServer, RefusesWhatIsNoRequestAndEndsTheConnection) {
  Rig rig;
  const std::pair<std::string, std::string_view> cases[] = {
      {"nonsense\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/1.1 501 "},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 400 "},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(40'000, 'a') + "\r\n\r\n", "HTTP/1.1 431 "},
      {std::string(40'000, 'a'), "HTTP/1.1 4"},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 4"},
      {"GET /throw HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 500 "},
  };
  for (const auto& [request, status] : cases) {
    Client client(rig);
    client.send(request);
    const std::string answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with(status)) << request.substr(0, 60) << " -> " << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(rig.stats().bad_requests, std::size(cases));
}

TEST(HttpServer, AClientThatSendsOnStillSeesTheRefusal) {
  Rig rig;
  Client client(rig);
  EXPECT_TRUE(client.send(post("/echo", std::string(8'000'000, 'x'))));
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 413 "));
  client.half_close();
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, LargeBodiesArriveWhole) {
  Rig rig;
  Client client(rig);
  std::string body(3'000'000, 'b');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 7 % 26);
  std::thread sender([&] { client.send(post("/large", body)); });
  EXPECT_EQ(client.read_answer().substr(0, 15), "HTTP/1.1 200 OK");
  sender.join();
  client.send(post("/large", body));
  const std::string answer = client.read_answer();
  EXPECT_TRUE(ends(answer, "POST:" + body));
}

TEST(HttpServer, LargeAnswersReachASlowReaderByteForByte) {
  Rig rig;
  std::string big(5'000'000, 'x');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i * 11 % 26);
  rig.on_loop([&] { rig.handler.big = share(big); });
  Client client(rig, 4096);
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(kGet));
  ASSERT_TRUE(rig.seen.wait_for("request /big"));
  bool unsent = false;
  rig.on_loop([&] { unsent = rig.server.has_unsent(); });
  EXPECT_TRUE(unsent);
  EXPECT_EQ(rig.seen.count("request /echo"), 0U) << "the next request must wait until this answer is out";
  const std::string answer = client.read_answer();
  EXPECT_NE(answer.find("X-Big: yes\r\n"), std::string::npos);
  EXPECT_TRUE(ends(answer, "\r\n\r\n" + big));
  EXPECT_TRUE(ends(client.read_answer(), "GET:"));
  rig.on_loop([&] { unsent = rig.server.has_unsent(); });
  EXPECT_FALSE(unsent);
}

TEST(HttpServer, AClientThatTakesNothingIsDropped) {
  Rig rig({.write_time = 200ms});
  std::string big;
  big.resize(20'000'000, 'x');
  rig.on_loop([&] { rig.handler.big = share(std::move(big)); });
  Client client(rig, 4096);
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(rig.seen.wait_for("request /big"));
  while (rig.stats().connections > 0) std::this_thread::yield();
  EXPECT_LT(client.read_all().size(), 20'000'000U);
}

TEST(HttpServer, SlowHeadsAndBodiesGet408) {
  Rig rig({.head_time = 150ms, .body_time = 150ms});
  Client head(rig);
  head.send("GET / HT");
  Client body(rig);
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  Client chunked(rig);
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  Client silent(rig);
  EXPECT_TRUE(head.read_answer().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(head.closed());
  EXPECT_TRUE(body.read_answer().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(chunked.read_answer().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(silent.closed()) << "one that sent nothing is closed without a word";
}

TEST(HttpServer, IdleConnectionsEndSilently) {
  Rig rig({.keep_alive_time = 100ms});
  Client client(rig);
  client.send(kGet);
  EXPECT_TRUE(ends(client.read_answer(), "GET:"));
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, AHalfClosedCallerStillGetsItsAnswer) {
  Rig rig;
  rig.on_loop([&] { rig.handler.answer_when_half_closed = true; });
  Client client(rig);
  client.send(post("/hold", "") + post("/hold", ""));
  client.half_close();
  EXPECT_TRUE(ends(client.read_answer(), "late"));
  EXPECT_TRUE(ends(client.read_answer(), "late"));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(rig.seen.count("half closed"), 2U);
  EXPECT_EQ(rig.seen.count("gone"), 0U);
}

TEST(HttpServer, AHalfCloseIsToldOnceAndDoesNotSpin) {
  Rig rig;
  Client client(rig);
  client.send(post("/hold", ""));
  ASSERT_TRUE(rig.seen.wait_for("request /hold"));
  client.half_close();
  ASSERT_TRUE(rig.seen.wait_for("half closed"));
  client.end();  // no RST: both ends are just closed now
  for (int i = 0; i < 5; ++i) rig.stats();
  EXPECT_EQ(rig.seen.count("half closed"), 1U);
  rig.on_loop([&] { rig.server.respond(rig.handler.held[0], {.body = "x"}); });
  while (rig.stats().connections > 0) std::this_thread::yield();
}

TEST(HttpServer, AResetEndsTheCallAndLateAnswersAreIgnored) {
  Rig rig;
  Client client(rig);
  client.send(post("/hold", ""));
  ASSERT_TRUE(rig.seen.wait_for("request /hold"));
  client.reset();
  ASSERT_TRUE(rig.seen.wait_for("gone"));
  Client next(rig);  // takes the same place in the table
  next.send(post("/hold", ""));
  ASSERT_TRUE(rig.seen.wait_for("request /hold", 2));
  rig.on_loop([&] {
    EXPECT_NE(rig.handler.held[0], rig.handler.held[1]);
    rig.server.respond(rig.handler.held[0], {.body = "for the dead"});
    EXPECT_EQ(rig.server.upgrade(rig.handler.held[0], "x"), WsId::none);
    rig.server.respond(rig.handler.held[1], {.body = "right"});
    rig.server.respond(rig.handler.held[1], {.body = "twice"});
  });
  EXPECT_TRUE(ends(next.read_answer(), "right"));
  next.send(kGet);
  EXPECT_TRUE(ends(next.read_answer(), "GET:"));
}

TEST(HttpServer, PastTheLimitClientsAreToldSo) {
  Rig rig({.connections_max = 1});
  Client first(rig);
  first.send(kKnown);  // else it would give way
  EXPECT_TRUE(ends(first.read_answer(), "known"));
  Client second(rig);
  EXPECT_TRUE(second.read_answer().starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(second.closed());
  EXPECT_EQ(rig.stats().refused, 1U);
  first.end();
  while (rig.stats().connections > 0) std::this_thread::yield();
  Client third(rig);
  third.send(kGet);
  EXPECT_TRUE(ends(third.read_answer(), "GET:"));
}

TEST(HttpServer, OutlivesTheLackOfDescriptors) {
  Rig rig;
  Client first(rig);
  first.send(kGet);
  EXPECT_TRUE(ends(first.read_answer(), "GET:"));
  Client second(rig);  // its descriptor, made here; the server's end of it comes too
  for (Client* const client : {&first, &second}) {
    client->send(kKnown);
    EXPECT_TRUE(ends(client->read_answer(), "known"));
  }
  const int probe = dup(0);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit before = limit;
  limit.rlim_cur = static_cast<rlim_t>(probe) + 1;  // room for one descriptor: the third client's own
  close(probe);
  setrlimit(RLIMIT_NOFILE, &limit);
  Client third(rig);
  const std::string answer = third.read_answer();
  first.send(kGet);
  const bool works = ends(first.read_answer(), "GET:");
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(works);
  EXPECT_EQ(rig.stats().refused, 1U);
}

TEST(HttpServer, SaysWhoHoldsThePort) {
  Rig rig;
  SystemClock clock;
  Loop loop(clock);
  HttpServer second(loop, rig.handler, rig.handler);
  const auto listening = second.listen({.host = "127.0.0.1", .port = rig.port});
  ASSERT_FALSE(listening.has_value());
  EXPECT_NE(listening.error().message.find("127.0.0.1:" + std::to_string(rig.port)), std::string::npos);
  EXPECT_NE(listening.error().message.find("in use by another program"), std::string::npos);
  EXPECT_FALSE(second.listen({.host = "no.such.address.invalid", .port = 0}).has_value());
  EXPECT_TRUE(second.listen({.host = "::", .port = 0}).has_value());
}

// More than the sockets of both sides hold: some of it has certainly not arrived.
TEST(HttpServer, SaysWhichAnswerWasLost) {
  Rig rig;
  rig.handler.big = share(std::string(std::size_t{32} << 20, 'x'));
  Client unread(rig, 4096);
  unread.send(post("/receipt", ""));
  ASSERT_TRUE(unread.read_bytes(1000).starts_with("HTTP/1.1 200"));
  unread.reset();
  EXPECT_TRUE(rig.seen.wait_for("lost"));

  Client gone(rig, 4096);
  gone.send(post("/receipt", ""));
  ASSERT_TRUE(gone.read_bytes(1000).starts_with("HTTP/1.1 200"));
  gone.end();
  EXPECT_TRUE(rig.seen.wait_for("lost", 2));

  Client early(rig);
  early.send(post("/hold", ""));
  ASSERT_TRUE(rig.seen.wait_for("request /hold"));
  early.reset();
  ASSERT_TRUE(rig.seen.wait_for("gone"));
  rig.on_loop([&] {
    RequestId receipt;
    receipt.bytes[0] = 2;
    rig.server.respond_shared(rig.handler.held.back(), {}, rig.handler.big, receipt);
  });
  EXPECT_TRUE(rig.seen.wait_for("lost", 3)) << "before it was given";
}

TEST(HttpServer, AnAnswerThatArrivedIsNotLost) {
  Rig rig;
  rig.handler.big = share(std::string("yes"));
  {
    Client one(rig);
    one.send(post("/receipt", ""));
    EXPECT_TRUE(ends(one.read_answer(), "yes"));
    one.send(post("/echo", "next"));
    EXPECT_TRUE(ends(one.read_answer(), "next"));
  }
  {
    Client closing(rig);
    closing.send("POST /receipt HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(ends(closing.read_all(), "yes"));
  }
  Client last(rig);
  last.send(post("/receipt", ""));
  EXPECT_TRUE(ends(last.read_answer(), "yes"));
  last.reset();
  Client after(rig);  // whose answer comes when the others' ends have been seen
  after.send(kGet);
  EXPECT_TRUE(ends(after.read_answer(), "GET:"));
  EXPECT_EQ(rig.seen.count("lost"), 0U);
}

}  // namespace
}  // namespace kgw
