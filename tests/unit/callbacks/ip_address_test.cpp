#include "callbacks/ip_address.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

std::string again(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->text() : "none";
}

bool is_public(std::string_view text) {
  const auto address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address && is_public_address(*address);
}

TEST(IpAddress, one_address_has_one_form) {
  EXPECT_EQ(again("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(again("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(again("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(again("::FFFF:c000:0201"), "192.0.2.1");
  EXPECT_EQ(again("::"), "::");
  EXPECT_EQ(again("::1"), "::1");
  EXPECT_EQ(again("1::"), "1::");
  EXPECT_EQ(again("0:0:0:0:0:0:0:1"), "::1");
  EXPECT_EQ(again("2001:DB8::0:1"), "2001:db8::1");
  EXPECT_EQ(again("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1")
      << "one group of zeros stays (RFC 5952 4.2.2)";
  EXPECT_EQ(again("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
  EXPECT_EQ(again("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1") << "the first of equal runs (RFC 5952 4.2.3)";
  EXPECT_EQ(again("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
  EXPECT_EQ(again("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
  EXPECT_EQ(again("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
}

TEST(IpAddress, other_notations_are_none) {
  for (const std::string_view text : {"",
                                      ".",
                                      "1",
                                      "127.1",
                                      "127.0.1",
                                      "2130706433",
                                      "017700000001",
                                      "0x7f.1",
                                      "0x7f000001",
                                      "0177.0.0.1",
                                      "127.0.0.01",
                                      "127.0.0.256",
                                      "127.0.0.1.",
                                      "127.0.0.1.1",
                                      ".127.0.0.1",
                                      "127..0.1",
                                      "1.2.3.-4",
                                      "1.2.3.+4",
                                      " 1.2.3.4",
                                      "1.2.3.4 ",
                                      "1.2.3.4/8",
                                      "[::1]",
                                      "::1%eth0",
                                      "fe80::1%251",
                                      ":",
                                      ":::",
                                      "1:::2",
                                      "::1::",
                                      "1::2::3",
                                      ":1:2:3:4:5:6:7:8",
                                      "1:2:3:4:5:6:7:8:",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4::5:6:7:8",
                                      "12345::",
                                      "g::",
                                      "::1.2.3",
                                      "::1.2.3.4.5",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::0x1",
                                      "::-1"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, the_public_internet) {
  for (const std::string_view text :
       {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",     "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255",  "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.3.0",
        "192.167.255.255", "192.169.0.0",     "198.17.255.255",  "198.20.0.0",      "198.51.99.255",
        "203.0.114.0",     "223.255.255.255", "2000::1",         "2001:200::1",     "2001:4860:4860::8888",
        "2606:4700::1111", "2a00::1",         "2003::1",         "3fff:1000::",     "3ffe::1",
        "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8"})
    EXPECT_TRUE(is_public(text)) << text;
}

// The ends of each block of the special-purpose registries (RFC 6890) that is not globally reachable.
TEST(IpAddress, what_is_not_public) {
  for (const std::string_view text : {"0.0.0.0",
                                      "0.255.255.255",
                                      "10.0.0.0",
                                      "10.255.255.255",
                                      "100.64.0.0",
                                      "100.127.255.255",
                                      "127.0.0.1",
                                      "127.255.255.255",
                                      "169.254.0.0",
                                      "169.254.169.254",
                                      "169.254.255.255",
                                      "172.16.0.0",
                                      "172.31.255.255",
                                      "192.0.0.0",
                                      "192.0.0.9",
                                      "192.0.0.170",
                                      "192.0.0.255",
                                      "192.0.2.0",
                                      "192.0.2.255",
                                      "192.88.99.1",
                                      "192.168.0.0",
                                      "192.168.255.255",
                                      "198.18.0.0",
                                      "198.19.255.255",
                                      "198.51.100.0",
                                      "198.51.100.255",
                                      "203.0.113.0",
                                      "203.0.113.255",
                                      "224.0.0.1",
                                      "239.255.255.255",
                                      "240.0.0.1",
                                      "255.255.255.255",
                                      "::",
                                      "::1",
                                      "::7f00:1",
                                      "::8.8.8.8",
                                      "64:ff9b:1::1",
                                      "100::1",
                                      "100:0:0:1::1",
                                      "2001::1",
                                      "2001:1::1",
                                      "2001:2::1",
                                      "2001:10::1",
                                      "2001:20::1",
                                      "2001:1ff:ffff::",
                                      "2001:db8::1",
                                      "2001:db8:ffff::1",
                                      "3fff::1",
                                      "3fff:fff::1",
                                      "4000::1",
                                      "5f00::1",
                                      "1fff::1",
                                      "fc00::1",
                                      "fdff::1",
                                      "fe80::1",
                                      "febf::1",
                                      "fec0::1",
                                      "ff02::1",
                                      "ff0e::1"})
    EXPECT_FALSE(is_public(text)) << text;
}

TEST(IpAddress, an_address_inside_another) {
  for (const std::string_view text :
       {"::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
        "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::169.254.169.254",
        "2002:7f00:1::", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"})
    EXPECT_FALSE(is_public(text)) << text;
}

TEST(IpNetwork, contains) {
  const auto in = [](std::string_view network, std::string_view address) {
    const auto parsed = IpNetwork::parse(network);
    EXPECT_TRUE(parsed) << network;
    return parsed && parsed->contains(*IpAddress::parse(address));
  };
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1"));
  EXPECT_TRUE(in("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_FALSE(in("10.0.0.0/8", "a00::"));
  EXPECT_TRUE(in("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(in("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(in("192.168.4.1", "192.168.4.1"));
  EXPECT_FALSE(in("192.168.4.1", "192.168.4.0"));
  EXPECT_TRUE(in("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(in("0.0.0.0/0", "2000::1"));
  EXPECT_TRUE(in("fd00::/8", "fdff::1"));
  EXPECT_FALSE(in("fd00::/8", "fc00::1"));
  EXPECT_TRUE(in("::1/128", "::1"));
}

TEST(IpNetwork, what_is_none) {
  for (const std::string_view text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1",
                                      "10.0.0.1/8", "10.0.0.0/8/8", "::1/129", "fd00::1/8", "10/8",
                                      "10.0.0.0/255.0.0.0", "example.com/8", "[::1]/128", "::ffff:10.0.0.0/8"})
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
}

}  // namespace
}  // namespace kgw
