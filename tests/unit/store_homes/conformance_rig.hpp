// What every Store must do, whatever it keeps things in: the rig of these tests.
#pragma once

#include <memory>
#include <string>

#include "store_harness.hpp"
#include "strays.hpp"

namespace kgw::testing {

enum class Home { embedded, memory, redis };

class StoreConformance : public ::testing::TestWithParam<Home> {
 protected:
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (GetParam() == Home::redis) {
      if (!server_) server_ = std::make_unique<RedisServer>();
      server_->run({"FLUSHALL"});
    }
    start();
  }
  void TearDown() override {
    life.reset();
    expect_to_fit(GetParam() == Home::redis ? server_.get() : nullptr, dir.path() / "data" / "gateway.db");
  }
  void start() {
    life.reset();
    if (GetParam() == Home::redis) {
      RedisStore::Settings settings;
      settings.redis.url = *redis::parse_redis_url(server_->url());
      settings.node = "test";
      settings.nonce = std::to_string(++lives_);
      settings.common = {
          {std::chrono::hours(24 * 30), std::chrono::hours(24), std::chrono::hours(24)}, 0, &clock};
      life = std::make_unique<Life>(std::move(settings));
    } else {
      EmbeddedStore::Settings settings;
      settings.data_dir = dir.path() / "data";
      settings.clock = &clock;
      settings.claim_rows = 2;
      life = std::make_unique<Life>(disk(), settings);
    }
    ASSERT_TRUE(life->store) << life->error;
  }
  bool disk() const { return GetParam() == Home::embedded; }

  TempDir dir;
  TestClock clock;
  Records make;
  std::unique_ptr<Life> life;

 private:
  inline static std::unique_ptr<RedisServer> server_;
  int lives_ = 0;
};

inline std::string home_name(const ::testing::TestParamInfo<Home>& home) {
  switch (home.param) {
    case Home::embedded: return "Embedded";
    case Home::memory: return "Memory";
    case Home::redis: break;
  }
  return "Redis";
}

}  // namespace kgw::testing
