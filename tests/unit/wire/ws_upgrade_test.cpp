#include <gtest/gtest.h>

#include "wire/websocket.hpp"

namespace kgw {
namespace {

constexpr std::string_view kGood =
    "GET /ws?token=x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

Result<std::string> upgrade(std::string text, std::string_view from = "", std::string_view to = "") {
  if (!from.empty()) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  HttpHead head;
  const auto parsed = parse_http_head(text, head);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return check_upgrade(head);
}

TEST(WsUpgrade, takes_a_good_one) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455 1.3
  const std::string good(kGood);
  EXPECT_EQ(upgrade(good).value(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(upgrade(good, "websocket", "WebSocket").has_value());
  EXPECT_TRUE(upgrade(good, "websocket", "h2c, websocket").has_value());
  EXPECT_TRUE(upgrade(good, "keep-alive, Upgrade", "keep-alive\r\nConnection: upgrade").has_value());
}

TEST(WsUpgrade, tells_what_is_no_upgrade_from_a_broken_one) {
  struct Case {
    const char *from, *to;
    ErrorCode code;
  };
  const ErrorCode none = ErrorCode::upgrade_required, broken = ErrorCode::bad_request;
  const Case cases[] = {
      {"Upgrade: websocket\r\n", "", none},
      {"Upgrade: websocket", "Upgrade: websockets", none},
      {"Version: 13", "Version: 8", none},
      {"Version: 13", "Version: 013", none},
      {"Sec-WebSocket-Version: 13\r\n", "", broken},
      {"Version: 13", "Version: 13\r\nSec-WebSocket-Version: 13", broken},
      {"GET", "POST", broken},
      {"HTTP/1.1", "HTTP/1.0", broken},
      {"keep-alive, Upgrade", "keep-alive", broken},
      {"Host: a", "Host: a\r\nContent-Length: 1", broken},
      {"Host: a", "Host: a\r\nTransfer-Encoding: chunked", broken},
      {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", broken},
      {"Key: ", "Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Key: ", broken},
      {"dGhlIHNhbXBsZSBub25jZQ==", "", broken},
      {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", broken},
      {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQA=", broken},
      {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZS!ub25jZQ==", broken},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.to);
    const auto result = upgrade(std::string(kGood), c.from, c.to);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, c.code);
  }
}

}  // namespace
}  // namespace kgw
