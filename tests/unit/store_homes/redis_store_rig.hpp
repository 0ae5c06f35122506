// A store in a Redis of its own: what the tests of it share.
#pragma once

#include "redis_server.hpp"

namespace kgw::testing {

using namespace std::chrono_literals;

class RedisStoreTest : public ::testing::Test {
 protected:
  RedisStore::Settings settings(const std::string& node) {
    RedisStore::Settings s;
    s.redis.url = *redis::parse_redis_url(server->url());
    s.node = node;
    s.nonce = "n";
    s.common = {{24h * 30, 24h, 24h}, 0, &clock};
    return s;
  }
  std::unique_ptr<Life> open(const std::string& node = "a") { return std::make_unique<Life>(settings(node)); }
  void start() {
    life = open();
    ASSERT_TRUE(life->store) << life->error;
  }

  std::unique_ptr<RedisServer> server = std::make_unique<RedisServer>();
  SystemClock clock;
  Records make;
  std::unique_ptr<Life> life;
};

}  // namespace kgw::testing
