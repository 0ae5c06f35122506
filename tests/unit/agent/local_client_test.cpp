#include "agent/local/local_client.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/local/local_url.hpp"
#include "fake_server.hpp"

namespace kgw {
namespace {

using Trouble = OutboundAnswer::Trouble;

// Accepts one connection, reads until `request_ends`, writes `answer`, and closes; what it read is `request`.
class RawServer {
 public:
  explicit RawServer(std::string answer, std::string request_ends = "\r\n\r\n") {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this, answer = std::move(answer), request_ends = std::move(request_ends)] {
      const int fd = ::accept(listener_, nullptr, nullptr);
      char buffer[4096];
      while (request.find(request_ends) == std::string::npos) {
        const ssize_t bytes = ::read(fd, buffer, sizeof buffer);
        if (bytes <= 0) break;
        request.append(buffer, static_cast<std::size_t>(bytes));
      }
      for (std::size_t at = 0; at < answer.size();) {
        const ssize_t bytes = ::send(fd, answer.data() + at, answer.size() - at, MSG_NOSIGNAL);
        if (bytes <= 0) break;
        at += static_cast<std::size_t>(bytes);
      }
      ::shutdown(fd, SHUT_WR);
      while (::read(fd, buffer, sizeof buffer) > 0) {
      }
      ::close(fd);
    });
  }
  ~RawServer() {
    join();
    ::close(listener_);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  std::string url, request;

 private:
  int listener_ = -1;
  std::thread thread_;
};

OutboundAnswer call(OutboundRequest request) { return LocalClient::run(std::move(request)); }

TEST(LocalUrl, Parses) {
  const auto plain = parse_local_url("http://10.0.0.7:8080/a/b?c=d#e");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->place.host_field() + " " + plain->place.target, "10.0.0.7:8080 /a/b?c=d");
  EXPECT_EQ(parse_local_url("http://pos")->place.target, "/");
  EXPECT_EQ(parse_local_url("http://pos?x")->place.target, "/?x");
  const auto secret = parse_local_url("https://User:p%40ss@[::1]:5893/Execute");
  ASSERT_TRUE(secret);
  EXPECT_TRUE(secret->place.tls);
  EXPECT_EQ(secret->place.host + " " + secret->place.port + " " + secret->credentials, "::1 5893 User:p@ss");
  for (const char* bad : {"", "ftp://x", "http://", "http://a b", "http://x:0/", "http://u%4@x/"})
    EXPECT_FALSE(parse_local_url(bad)) << bad;
}

TEST(LocalClient, SendsAndReceives) {
  RawServer server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}",
                   "hi!");
  const std::string with_user = "http://u:p@" + server.url.substr(7) + "/pay?x=1";
  const OutboundAnswer answer = call({.method = "POST", .url = with_user, .fields = {"A: b"}, .body = "hi!"});
  server.join();
  EXPECT_EQ(answer.trouble, Trouble::none) << answer.why;
  EXPECT_EQ(answer.status, 201U) << "an interim answer is none";
  EXPECT_EQ(answer.body, "{}");
  EXPECT_NE(
      std::find(answer.fields.begin(), answer.fields.end(), std::pair<std::string, std::string>("x-a", "b")),
      answer.fields.end());
  EXPECT_EQ(server.request, "POST /pay?x=1 HTTP/1.1\r\nHost: " + server.url.substr(7) +
                                "\r\nUser-Agent: kiosk-agent/" KGW_VERSION
                                "\r\nConnection: close\r\nAuthorization: Basic dTpw\r\nA: b\r\nContent-Length: "
                                "3\r\n\r\nhi!");
}

TEST(LocalClient, UnderstandsEachFormOfAnAnswer) {
  const std::pair<const char*, const char*> forms[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n5\r\na\":1}\r\n0\r\n\r\n",
       "{\"a\":1}"},
      {"HTTP/1.0 200 OK\r\n\r\n{\"a\":1}", "{\"a\":1}"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
  };
  for (const auto& [bytes, body] : forms) {
    RawServer server(bytes);
    const OutboundAnswer answer = call({.url = server.url});
    EXPECT_EQ(answer.trouble, Trouble::none) << bytes << answer.why;
    EXPECT_EQ(answer.body, body);
  }
}

TEST(LocalClient, AnAnswerThatBreaksOffIsNone) {
  for (const char* bytes :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "SSH-2.0-x\r\n"}) {
    RawServer server(bytes);
    const OutboundAnswer answer = call({.url = server.url});
    EXPECT_EQ(answer.trouble, Trouble::other) << bytes;
    EXPECT_NE(answer.why, "");
    EXPECT_EQ(answer.body, "");
  }
}

TEST(LocalClient, TooLargeAnAnswerIsCutOff) {
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"}) {
    RawServer server(head + std::string(100'000, 'x'));
    const OutboundAnswer answer = call({.url = server.url, .answer_bytes_max = 99'999});
    EXPECT_EQ(answer.trouble, Trouble::too_large) << head;
    EXPECT_EQ(answer.status, 200U);
    EXPECT_LE(answer.body.size(), 1024U);
  }
  RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(call({.url = server.url, .answer_bytes_max = 100'000}).body.size(), 100'000U);
  RawServer endless("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(call({.url = endless.url}).trouble, Trouble::too_large);
}

// The difference decides whether a device is asked about what was done.
TEST(LocalClient, WhatSurelyDidNotArriveIsRefused) {
  FakeServer server;
  server.answer_with({.body = "{}", .hold = true});
  EXPECT_EQ(call({.url = server.url("/x"), .timeout = 50ms}).trouble, Trouble::timed_out);
  server.release();
  std::string gone;
  {
    const FakeServer short_lived;
    gone = short_lived.url("/x");
  }
  const OutboundAnswer refused = call({.url = gone});
  EXPECT_EQ(refused.trouble, Trouble::refused);
  EXPECT_EQ(refused.why, "nothing listens there");
  EXPECT_EQ(call({.url = "ftp://x"}).trouble, Trouble::refused);
  EXPECT_EQ(call({.url = "http://device.invalid/"}).trouble, Trouble::refused);
}

TEST(LocalClient, HasABoundAndCallsNobodyAfterItsEnd) {
  FakeServer server;
  server.answer_with({.body = "{}", .hold = true});
  AgentLoop loop;
  {
    LocalClient client(loop, 1);
    const auto never = [](const OutboundAnswer&) { FAIL(); };
    EXPECT_TRUE(client.start({.url = server.url("/x")}, never));
    EXPECT_FALSE(client.start({.url = server.url("/x")}, never));
    EXPECT_EQ(client.calling(), 1U);
  }
  LocalClient broken(loop);
  EXPECT_TRUE(broken.start({.url = "nonsense"}, [&](const OutboundAnswer&) { loop.stop(); }));
  loop.run();
  server.release();
}

}  // namespace
}  // namespace kgw
