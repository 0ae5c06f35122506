// REDIS_URL: what it may look like, and that a fault never tells the password.
#include "redis/url.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

namespace kgw::redis {
namespace {

TEST(RedisUrl, Plain) {
  const auto url = parse_redis_url("redis://localhost");
  ASSERT_TRUE(url);
  EXPECT_FALSE(url->tls);
  EXPECT_EQ(url->addresses, (std::vector<Address>{{"localhost", 6379}}));
  EXPECT_EQ(url->database, 0);
  EXPECT_TRUE(url->user.empty() && url->password.empty() && url->master.empty());
}

TEST(RedisUrl, AllOfIt) {
  const auto url = parse_redis_url("rediss://us%3Aer:p%40ss%2Fw%25@red.example:6380/7?family=0&x=y");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->user, "us:er");
  EXPECT_EQ(url->password, "p@ss/w%");
  EXPECT_EQ(url->addresses, (std::vector<Address>{{"red.example", 6380}}));
  EXPECT_EQ(url->database, 7);
  EXPECT_EQ(url->shown(), "rediss://red.example:6380/7");
}

TEST(RedisUrl, FormsThatOthersGive) {
  EXPECT_EQ(parse_redis_url("redis://:secret@h")->password, "secret");
  EXPECT_EQ(parse_redis_url("redis://:secret@h")->user, "");
  EXPECT_EQ(parse_redis_url("redis://default:a@b@h:1")->password, "a@b") << "a password that nobody encoded";
  EXPECT_EQ(parse_redis_url("redis://default:a/b@h:1/2")->password, "a/b");
  EXPECT_EQ(parse_redis_url("redis://h:6379/")->database, 0);
  EXPECT_EQ(parse_redis_url("redis://h/3/")->database, 3);
  EXPECT_EQ(parse_redis_url("redis://h?family=0")->addresses[0].host, "h");
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000/1")->addresses[0], (Address{"::1", 7000}));
  EXPECT_EQ(parse_redis_url("redis://[fd12::1]")->addresses[0], (Address{"fd12::1", 6379}));
}

TEST(RedisUrl, WhatStandsBehindTheQuestionMark) {
  EXPECT_EQ(parse_redis_url("redis://h?db=3")->database, 3);
  EXPECT_EQ(parse_redis_url("redis://h/3?DB=3&socket_timeout=5")->database, 3);
  EXPECT_EQ(parse_redis_url("redis+sentinel://a/m?database=4&protocol=3")->database, 4);
  EXPECT_EQ(parse_redis_url("redis://:a?b@h:1/2")->password, "a?b") << "a password that nobody encoded";
  EXPECT_EQ(parse_redis_url("redis://:a?b@h:1/2?db=2")->database, 2);
  EXPECT_TRUE(parse_redis_url("rediss://h?ssl_cert_reqs=required&tls=true"));
  for (const auto& [text, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {"redis://h/2?db=3", "name different databases"},
           {"redis://h?db=x", "?db="},
           {"redis://h?db=", "?db="},
           {"redis://h?password=hunter22", "before the host"},
           {"redis://h?timeout=1&username=x", "before the host"},
           {"redis://h?tls=true", "rediss://"},
           {"redis://h?ssl=True", "rediss://"},
           {"rediss://h?tls=false", "redis://"},
           {"rediss://h?ssl_cert_reqs=CERT_NONE", "REDIS_CA_FILE"},
           {"rediss://h?ssl_ca_certs=/ca.pem", "REDIS_CA_FILE"},
           {"redis://h?cluster=true", "Cluster"},
           {"redis://h?sentinelMasterId=m", "sentinels"}}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_NE(url.error().message.find(why), std::string::npos) << text << ": " << url.error().message;
    EXPECT_EQ(url.error().message.find("hunter22"), std::string::npos);
  }
}

TEST(RedisUrl, WhatOthersCallIt) {
  EXPECT_EQ(parse_redis_url(" REDIS://h\n")->addresses[0].host, "h");
  EXPECT_FALSE(parse_redis_url("valkey://h")->tls);
  EXPECT_TRUE(parse_redis_url("valkeys://h")->tls);
  for (const auto& [text, why] : std::initializer_list<std::pair<const char*, const char*>>{
           {"unix:///run/redis.sock", "Unix socket"},
           {"unix://:pw@/run/redis.sock?db=1", "Unix socket"},
           {"redis+unix:///run/redis.sock", "Unix socket"},
           {"redis-socket:///run/redis.sock", "Unix socket"},
           {"/run/redis.sock", "Unix socket"},
           {"redis+cluster://h", "Cluster"},
           {"redis-cluster://h:1,h:2", "Cluster"},
           {"rediss+cluster://h", "Cluster"},
           {"redis-sentinel://h#m", "redis+sentinel://"},
           {"sentinel://h", "redis+sentinel://"},
           {"https://x.upstash.io", "web address"},
           {"redis+ssl://h", "rediss://"},
           {"localhost:6379", "does not begin with redis://"},
           {"\"redis://h\"", "quotes"},
           {"redis-cli -u redis://h", "command"},
           {"   ", "empty"}}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_NE(url.error().message.find(why), std::string::npos) << text << ": " << url.error().message;
  }
}

TEST(RedisUrl, Sentinels) {
  const auto url = parse_redis_url("redis+sentinel://:pw@a,b:26380,[::1]:5/mymaster/2");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->addresses, (std::vector<Address>{{"a", 26379}, {"b", 26380}, {"::1", 5}}));
  EXPECT_EQ(url->master, "mymaster");
  EXPECT_EQ(url->database, 2);
  EXPECT_EQ(url->password, "pw");
}

TEST(RedisUrl, Faults) {
  for (const char* const text :
       {"", "localhost", "http://h", "redis://", "redis://:hunter22@", "redis://h:0", "redis://h:99999",
        "redis://h:x", "redis://h/x", "redis://h/-1", "redis://h1,h2", "redis+sentinel://a",
        "redis+sentinel://a/", "redis://u:hunter22%4@h", "redis://u:hunter22%zz@h", "redis://hunter22@h",
        "redis://[::1", "redis://[::1]x"}) {
    const auto url = parse_redis_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("hunter22"), std::string::npos) << url.error().message;
    EXPECT_NE(url.error().message.find("redis://user:password@host"), std::string::npos);
  }
}

}  // namespace
}  // namespace kgw::redis
