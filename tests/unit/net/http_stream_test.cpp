// Answers that are written in pieces: begin_stream, stream, end_stream.
#include "server_rig.hpp"

namespace kgw {
namespace {

HttpCallId begin(Rig& rig, const Client& client, std::string_view version = "1.1") {
  const std::size_t before = rig.seen.count("request /hold");
  client.send("GET /hold HTTP/" + std::string(version) + "\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(rig.seen.wait_for("request /hold", before + 1));
  HttpCallId call{};
  rig.on_loop([&] {
    call = rig.handler.held.back();
    rig.server.begin_stream(call, {.content_type = "text/event-stream", .extra_fields = "X-Rig: 1\r\n"});
  });
  return call;
}

TEST(HttpStream, ComesInPiecesAndEndsWithTheConnection) {
  for (const std::string_view version : {"1.1", "1.0"}) {
    Rig rig;
    Client client(rig);
    const HttpCallId call = begin(rig, client, version);
    const std::string head = client.read_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_NE(head.find("Content-Type: text/event-stream\r\nConnection: close\r\nX-Rig: 1\r\n\r\n"),
              std::string::npos)
        << head;
    for (const char* const piece : {"one\n\n", "two\n\n"}) {
      rig.on_loop([&] { EXPECT_TRUE(rig.server.stream(call, share(piece))); });
      EXPECT_EQ(client.read_until("\n\n"), piece);
    }
    rig.on_loop([&] {
      EXPECT_TRUE(rig.server.stream(call, share("last")));
      rig.server.end_stream(call);
      EXPECT_FALSE(rig.server.stream(call, share("too late")));
    });
    EXPECT_EQ(client.read_all(), "last");
    EXPECT_TRUE(client.closed());
  }
}

TEST(HttpStream, NoTimeOutButThatOfAReaderWhoTakesNothing) {
  HttpServer::Settings settings;
  settings.head_time = settings.body_time = settings.keep_alive_time = 1s;
  settings.write_time = 300ms;
  Rig rig(settings);
  Client quiet(rig);
  Client other(rig);
  const HttpCallId call = begin(rig, quiet);
  EXPECT_TRUE(other.closed());  // its head was due long before
  rig.on_loop([&] { EXPECT_TRUE(rig.server.stream(call, share("still here\n\n"))); });
  EXPECT_NE(quiet.read_until("here\n\n"), "");

  Client stuck(rig, 4096);
  const HttpCallId to_stuck = begin(rig, stuck);
  const SharedBytes piece = share(std::string(limits::kStreamUnsentBytesMax / 4, 'x'));
  std::size_t unsent = 0;
  for (int i = 0; i < 100 && unsent == 0; ++i) {  // until the kernel takes no more
    rig.on_loop([&] { EXPECT_TRUE(rig.server.stream(to_stuck, piece)); });
    rig.on_loop([&] { unsent = rig.server.stream_backlog(to_stuck); });
  }
  EXPECT_TRUE(rig.seen.wait_for("gone"));
  rig.on_loop([&] { EXPECT_FALSE(rig.server.stream(to_stuck, piece)); });
}

TEST(HttpStream, TooMuchUnsentEndsIt) {
  Rig rig;
  Client client(rig, 4096);
  const HttpCallId call = begin(rig, client);
  const SharedBytes piece = share(std::string(limits::kStreamUnsentBytesMax / 2, 'x'));
  bool taken = true;
  int pieces = 0;
  for (; taken && pieces < 100; ++pieces) {
    rig.on_loop([&] {
      taken = rig.server.stream(call, piece);
      EXPECT_LE(rig.server.stream_backlog(call), limits::kStreamUnsentBytesMax);
    });
  }
  EXPECT_FALSE(taken);
  EXPECT_GE(pieces, 3);
  EXPECT_EQ(rig.seen.count("gone"), 0U) << "who was told so is not told again";
  EXPECT_EQ(rig.stats().connections, 0U);
}

TEST(HttpStream, AReaderThatGoesIsTold) {
  Rig rig;
  for (const bool half : {false, true}) {
    Client client(rig);
    const HttpCallId call = begin(rig, client);
    if (half) client.half_close();
    else client.reset();
    EXPECT_TRUE(rig.seen.wait_for("gone", half ? 2 : 1));
    rig.on_loop([&] { EXPECT_FALSE(rig.server.stream(call, share("x"))); });
  }
}

TEST(HttpStream, WhatIsUnsentAtItsEndIsNotWaitedFor) {
  Rig rig;
  Client client(rig, 4096);
  const HttpCallId call = begin(rig, client);
  const SharedBytes piece = share(std::string(limits::kStreamUnsentBytesMax / 2, 'x'));
  for (int i = 0; i < 100; ++i) {  // until the kernel takes no more
    bool unsent = false;
    rig.on_loop([&] { unsent = rig.server.has_unsent() || !rig.server.stream(call, piece); });
    if (unsent) break;
  }
  rig.on_loop([&] {
    rig.server.end_stream(call);
    EXPECT_FALSE(rig.server.has_unsent());
  });
}

TEST(HttpStream, RequestsBehindItAreNotTaken) {
  Rig rig;
  Client client(rig);
  const HttpCallId call = begin(rig, client);
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  rig.on_loop([&] { EXPECT_TRUE(rig.server.stream(call, share("piece\n\n"))); });
  EXPECT_NE(client.read_until("piece\n\n"), "");
  EXPECT_EQ(rig.seen.count("request /echo"), 0U);
  rig.on_loop([&] { rig.server.end_stream(call); });
  EXPECT_EQ(client.read_all(), "");
}

}  // namespace
}  // namespace kgw
