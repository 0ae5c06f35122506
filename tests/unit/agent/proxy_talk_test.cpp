// What is said to a proxy, byte for byte, and what its answers mean, in whatever pieces they come.
#include "agent/proxy_talk.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace kgw {
namespace {

using State = ProxyTalk::State;

std::string bytes(std::initializer_list<int> list) {
  std::string text;
  for (const int one : list) text += static_cast<char>(one);
  return text;
}

// One byte at a time, until it is no longer asking.
State feed(ProxyTalk& talk, const std::string& text) {
  State state = State::asking;
  for (const char& c : text) {
    EXPECT_EQ(state, State::asking) << "before the end of what the proxy said";
    state = talk.feed({&c, 1});
  }
  return state;
}

TEST(ProxyUrl, Parses) {
  const auto http = parse_proxy_url("http://proxy.example:3128/");
  ASSERT_TRUE(http);
  EXPECT_EQ(http->host + "|" + http->port + "|" + http->url(), "proxy.example|3128|http://proxy.example:3128");
  const auto socks = parse_proxy_url("socks5://us%40er:p%3Aw@[::1]");
  ASSERT_TRUE(socks);
  EXPECT_EQ(socks->kind, ProxyUrl::Kind::socks5);
  EXPECT_EQ(socks->host + "|" + socks->port + "|" + socks->user + "|" + socks->password, "::1|1080|us@er|p:w");
  EXPECT_EQ(socks->url(), "socks5h://us%40er:p%3Aw@[::1]:1080");
  EXPECT_EQ(parse_proxy_url("socks5h://a:1080")->port, "1080");
  for (const char* const bad :
       {"", "proxy:3128", "https://proxy:1", "ftp://a:1", "http://", "http://@a:1", "http://%zz:p@a:1",
        "http://a:0", "http://a:99999", "http://a b:1", "http://a:1/path", "http://[::1:1"}) {
    const auto parsed = parse_proxy_url(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().message.find("%zz"), std::string::npos);
  }
}

TEST(ProxyTalk, Connect) {
  ProxyTalk talk(*parse_proxy_url("http://user:pa:ss@p:1"), "pay.example.com", "443");
  EXPECT_EQ(talk.take_to_send(),
            "CONNECT pay.example.com:443 HTTP/1.1\r\nHost: pay.example.com:443\r\n"
            "Proxy-Authorization: Basic dXNlcjpwYTpzcw==\r\n\r\n");
  EXPECT_EQ(talk.take_to_send(), "");
  EXPECT_EQ(feed(talk, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"),
            State::open);
  ProxyTalk six(*parse_proxy_url("http://p:1"), "::1", "8000");
  EXPECT_EQ(six.take_to_send(), "CONNECT [::1]:8000 HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n");
}

TEST(ProxyTalk, ConnectThatFailsIsExplained) {
  const std::pair<std::string, std::string> answers[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user name"},
      {"HTTP/1.1 403 Forbidden\r\n\r\n", "does not allow"},
      {"HTTP/1.0 502 Bad Gateway\r\n\r\n", "HTTP status 502"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"}};
  for (const auto& [answer, part] : answers) {
    ProxyTalk talk(*parse_proxy_url("http://p:1"), "a", "1");
    EXPECT_EQ(feed(talk, answer), State::refused) << answer;
    EXPECT_NE(talk.problem().find(part), std::string::npos) << talk.problem();
  }
  ProxyTalk endless(*parse_proxy_url("http://p:1"), "a", "1");
  State state = State::asking;
  for (int i = 0; i < 1'000 && state == State::asking; ++i) state = endless.feed(std::string(100, 'x'));
  EXPECT_EQ(state, State::refused) << "what it holds is bounded";
}

TEST(ProxyTalk, SocksWithAName) {
  ProxyTalk talk(*parse_proxy_url("socks5://p:1"), "ab.c", "8000");
  EXPECT_EQ(talk.take_to_send(), bytes({5, 1, 0}));
  EXPECT_EQ(feed(talk, bytes({5, 0})), State::asking);
  EXPECT_EQ(talk.take_to_send(), bytes({5, 1, 0, 3, 4}) + "ab.c" + bytes({0x1f, 0x40}));
  EXPECT_EQ(feed(talk, bytes({5, 0, 0, 1, 0, 0, 0, 0, 0, 0})), State::open);
}

TEST(ProxyTalk, SocksWithAPasswordAndAnAddress) {
  ProxyTalk talk(*parse_proxy_url("socks5://us:pw@p:1"), "10.0.0.1", "80");
  EXPECT_EQ(talk.take_to_send(), bytes({5, 2, 0, 2}));
  EXPECT_EQ(feed(talk, bytes({5, 2})), State::asking);
  EXPECT_EQ(talk.take_to_send(), bytes({1, 2}) + "us" + bytes({2}) + "pw");
  EXPECT_EQ(feed(talk, bytes({1, 0})), State::asking);
  EXPECT_EQ(talk.take_to_send(), bytes({5, 1, 0, 1, 10, 0, 0, 1, 0, 80}));
  EXPECT_EQ(feed(talk, bytes({5, 0, 0, 3, 2}) + "xy" + bytes({0, 1})), State::open) << "it answers with a name";
}

TEST(ProxyTalk, SocksThatFailsIsExplained) {
  const auto refused = [](const std::string& user, const std::string& answers) {
    ProxyTalk talk(*parse_proxy_url("socks5://" + user + "p:1"), "::1", "80");
    EXPECT_EQ(feed(talk, answers), State::refused);
    return talk.problem();
  };
  EXPECT_NE(refused("", bytes({5, 0xff})).find("user name"), std::string::npos);
  EXPECT_NE(refused("", bytes({5, 2})).find("does not know"), std::string::npos)
      << "it was offered no password";
  EXPECT_NE(refused("", bytes({'H', 'T'})).find("not SOCKS5"), std::string::npos);
  EXPECT_NE(refused("u:p@", bytes({5, 2, 1, 1})).find("does not accept"), std::string::npos);
  EXPECT_NE(refused("", bytes({5, 0, 5, 2, 0, 1, 0})).find("does not allow"), std::string::npos);
  EXPECT_NE(refused("", bytes({5, 0, 5, 5, 0, 1, 0})).find("refused by"), std::string::npos);
  EXPECT_NE(refused("", bytes({5, 0, 5, 99, 0, 1, 0})).find("99"), std::string::npos);
}

}  // namespace
}  // namespace kgw
