#include "callbacks/target.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace kgw {
namespace {

CallbackHosts hosts_of(std::string_view list) {
  auto hosts = CallbackHosts::parse(list);
  EXPECT_TRUE(hosts) << list;
  return hosts ? *hosts : CallbackHosts();
}

const CallbackHosts& usual() {
  static const CallbackHosts hosts = hosts_of(
      "pay.example.com, *.shop.example, one.example:8443, my_service, 10.0.5.0/24, 203.0.113.7, fd00::/8, "
      "::1");
  return hosts;
}

// The URL that would be called, or the sentence that says why not.
std::string url_of(std::string_view text, bool allow_http = false) {
  const auto target = parse_callback_url(text, usual(), allow_http);
  return target ? target->url : target.error().message;
}

std::string refusal(std::string_view text, bool allow_http = false) {
  const auto target = parse_callback_url(text, usual(), allow_http);
  if (target) return "allowed: " + target->url;
  EXPECT_EQ(target.error().code, ErrorCode::invalid_header);
  EXPECT_TRUE(target.error().message.starts_with("Header-Callback-Url ")) << target.error().message;
  return target.error().message;
}

TEST(CallbackTarget, is_put_together_again_from_its_parts) {
  EXPECT_EQ(url_of("https://pay.example.com/hooks/kiosk?shop=1&x=%2F"),
            "https://pay.example.com/hooks/kiosk?shop=1&x=%2F");
  EXPECT_EQ(url_of("HTTPS://Pay.Example.COM"), "https://pay.example.com/");
  EXPECT_EQ(url_of("https://pay.example.com."), "https://pay.example.com/");
  EXPECT_EQ(url_of("https://pay.example.com:443/a"), "https://pay.example.com/a");
  EXPECT_EQ(url_of("https://pay.example.com:8443?b"), "https://pay.example.com:8443/?b");
  EXPECT_EQ(url_of("https://pay.example.com/a@b:c//d"), "https://pay.example.com/a@b:c//d");
  EXPECT_EQ(url_of("https://my_service/"), "https://my_service/");
}

TEST(CallbackTarget, names_its_endpoint) {
  const auto target = parse_callback_url("https://Pay.example.com:8443/a?secret", usual(), false);
  ASSERT_TRUE(target);
  EXPECT_EQ(target->endpoint, "https://pay.example.com:8443");
  EXPECT_EQ(parse_callback_url("https://pay.example.com:443/b", usual(), false)->endpoint,
            "https://pay.example.com");
}

TEST(CallbackTarget, is_https_unless_http_is_allowed) {
  for (const std::string_view text :
       {"http://pay.example.com/", "ftp://pay.example.com/", "file:///etc/passwd", "gopher://pay.example.com/",
        "pay.example.com", "//pay.example.com/", "https:/pay.example.com", "https:pay.example.com", "",
        "javascript://pay.example.com/"})
    EXPECT_EQ(refusal(text), "Header-Callback-Url must begin with https://.") << text;
  EXPECT_EQ(url_of("http://pay.example.com/", true), "http://pay.example.com/");
  EXPECT_EQ(url_of("http://pay.example.com:80/", true), "http://pay.example.com/");
  EXPECT_EQ(url_of("http://pay.example.com:443/", true), "http://pay.example.com:443/");
  EXPECT_NE(refusal("ftp://pay.example.com/", true).find("https:// or http://"), std::string::npos);
}

TEST(CallbackTarget, its_host_is_in_the_list) {
  EXPECT_EQ(url_of("https://a.shop.example/"), "https://a.shop.example/");
  EXPECT_EQ(url_of("https://a.b.shop.example/"), "https://a.b.shop.example/");
  EXPECT_EQ(url_of("https://one.example:8443/"), "https://one.example:8443/");
  for (const std::string_view text :
       {"https://example.com/", "https://shop.example/", "https://evilshop.example/",
        "https://a.shop.example.evil/", "https://pay.example.com.evil/", "https://xpay.example.com/",
        "https://one.example/", "https://one.example:443/", "https://xn--pay-example-com.xn--p1ai/",
        "https://localhost/"})
    EXPECT_NE(refusal(text).find("CALLBACK_ALLOWED_HOSTS"), std::string::npos) << text;
}

TEST(CallbackTarget, an_address_is_called_only_where_its_network_is_in_the_list) {
  EXPECT_EQ(url_of("https://10.0.5.17:8443/"), "https://10.0.5.17:8443/");
  EXPECT_EQ(url_of("https://203.0.113.7/"), "https://203.0.113.7/");
  EXPECT_EQ(url_of("https://[FD00:0::1]/"), "https://[fd00::1]/");
  EXPECT_EQ(url_of("https://[::1]:99/"), "https://[::1]:99/");
  EXPECT_EQ(url_of("https://[::ffff:10.0.5.17]/"), "https://10.0.5.17/");
  for (const std::string_view text :
       {"https://10.0.6.1/", "https://8.8.8.8/", "https://127.0.0.1/", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[2002:7f00:1::]/", "https://[64:ff9b::127.0.0.1]/",
        "https://[::]/"})
    EXPECT_NE(refusal(text).find("CALLBACK_ALLOWED_HOSTS"), std::string::npos) << text;
}

TEST(CallbackTarget, a_host_that_could_be_read_in_two_ways_is_none) {
  for (const std::string_view text :
       {"https:///path", "https://", "https://:443/", "https://.", "https://../", "https://pay.example.com../",
        "https://.pay.example.com/", "https://pay..example.com/", "https://-a.shop.example/",
        "https://a-.shop.example/",
        // what inet_aton takes for 127.0.0.1 or 10.0.5.17
        "https://127.1/", "https://2130706433/", "https://017700000001/", "https://0x7f.1/",
        "https://0x7f000001/", "https://0177.0.0.1/", "https://10.0.5.017/", "https://10.0.1297/",
        "https://10.0.5.17./", "https://10.0.5.0x11/", "https://10.0.5.17.shop.example.1/",
        "https://10.0.5.256/",
        // percent-encoding is taken away by some clients
        "https://pay%2eexample.com/", "https://%70ay.example.com/", "https://pay.example.com%00.evil/",
        "https://pay.example.com%2f.evil/", "https://[::1/", "https://::1/", "https://[fd00::1%25eth0]/",
        "https://[10.0.5.17]/", "https://[pay.example.com]/", "https://[]/", "https://a[::1]/",
        "https://[::1]a/", "https://pay.example.com,evil/", "https://pay!.shop.example/"})
    EXPECT_NE(refusal(text).find("no valid host"), std::string::npos) << text << ": " << refusal(text);
}

TEST(CallbackTarget, has_no_user_fragment_or_odd_byte) {
  for (const std::string_view text : {"https://user@pay.example.com/", "https://user:pw@pay.example.com/",
                                      "https://pay.example.com@evil.test/", "https://@pay.example.com/",
                                      "https://evil.test@pay.example.com:80@evil.test/"})
    EXPECT_NE(refusal(text).find("user name or password"), std::string::npos) << text;
  EXPECT_NE(refusal("https://pay.example.com/#a").find("fragment"), std::string::npos);
  EXPECT_NE(refusal("https://evil.test#pay.example.com/").find("fragment"), std::string::npos);
  EXPECT_NE(refusal("https://evil.test\\@pay.example.com/").find("backslash"), std::string::npos);
  EXPECT_NE(refusal("https:\\\\pay.example.com/").find("backslash"), std::string::npos);
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"https://pay.example.com/\r\nX: y"sv, "https://pay.example.com/a b"sv, "https://pay.example.com/\0"sv,
        " https://pay.example.com/"sv, "https://pay.example.com/\t"sv, "https://p\xc3\xa4y.example.com/"sv,
        "https://pay\xe3\x80\x82"
        "example.com/"sv,
        "https://pay.example.com/\x7f"sv,
        "https://\xef\xbd\x90"
        "ay.example.com/"sv})
    EXPECT_NE(refusal(text).find("visible ASCII"), std::string::npos) << text;
}

TEST(CallbackTarget, has_a_port_that_there_is) {
  for (const std::string_view port :
       {"", "0", "65536", "00443", "0443", "-1", "+1", "99999999999999999999", "80a", "8:0"})
    EXPECT_NE(refusal("https://pay.example.com:" + std::string(port) + "/").find("port"), std::string::npos)
        << port;
  EXPECT_EQ(url_of("https://pay.example.com:65535/"), "https://pay.example.com:65535/");
}

TEST(CallbackTarget, is_bounded) {
  std::string text = "https://pay.example.com/";
  text.append(limits::kCallbackUrlBytesMax - text.size(), 'a');
  EXPECT_EQ(url_of(text), text);
  EXPECT_NE(refusal(text + 'a').find("at most 2048"), std::string::npos);
  const std::string label(63, 'a');
  EXPECT_EQ(url_of("https://" + label + ".shop.example/"), "https://" + label + ".shop.example/");
  EXPECT_NE(refusal("https://a" + label + ".shop.example/").find("no valid host"), std::string::npos);
  const std::string labels = label + '.' + label + '.' + label + '.';
  const std::string longest = labels + std::string(253 - labels.size() - 13, 'a') + ".shop.example";
  EXPECT_EQ(url_of("https://" + longest + '/'), "https://" + longest + '/');
  EXPECT_NE(refusal("https://b" + longest.substr(1) + "s/").find("no valid host"), std::string::npos);
}

TEST(CallbackTarget, nobody_is_called_without_a_list) {
  const auto target = parse_callback_url("https://pay.example.com/", hosts_of(" , "), true);
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().message.find("callbacks are not enabled"), std::string::npos);
}

TEST(CallbackHosts, the_list_says_what_it_did_not_understand) {
  for (const std::string_view part :
       {"*", "*.", "a.*.example", "*example.com", "https://pay.example.com", "pay.example.com/x",
        "pay.example.com:0", "pay.example.com:", "pay.example.com:https", "10.0.0.1/8", "10.0.0.0:80", "127.1",
        "0x7f.1", "[::1]", "a b", "p\xc3\xa4y.example", "user@pay.example.com", "pay..example"}) {
    const auto hosts = CallbackHosts::parse("ok.example, " + std::string(part));
    ASSERT_FALSE(hosts) << part;
    EXPECT_EQ(hosts.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(hosts.error().message.starts_with('\'' + std::string(part) + "' is not a host"))
        << hosts.error().message;
  }
  EXPECT_TRUE(hosts_of("PAY.Example.com.").has_name("pay.example.com", 1));
}

TEST(CallbackHosts, what_a_name_led_to_must_be_public_or_in_the_list) {
  const auto may = [](std::string_view address) { return usual().may_connect(*IpAddress::parse(address)); };
  EXPECT_TRUE(may("8.8.8.8"));
  EXPECT_TRUE(may("2606:4700::1111"));
  EXPECT_TRUE(may("10.0.5.17"));
  EXPECT_TRUE(may("::ffff:10.0.5.17"));
  EXPECT_TRUE(may("::1"));
  EXPECT_FALSE(may("10.0.6.17"));
  EXPECT_FALSE(may("127.0.0.1"));
  EXPECT_FALSE(may("169.254.169.254"));
  EXPECT_FALSE(may("::ffff:127.0.0.1"));
  EXPECT_FALSE(CallbackHosts().may_connect(*IpAddress::parse("10.0.5.17")));
}

}  // namespace
}  // namespace kgw
