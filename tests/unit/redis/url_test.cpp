// REDIS_URL: what it may look like, and that a fault never tells the password.
#include "redis/url.hpp"

#include <gtest/gtest.h>

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
