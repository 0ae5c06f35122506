// What a store in Redis may say: that the lease is ours (Redis may have carried a command out as soon as it was
// sent), and that a record is durable.
#include "redis_store_rig.hpp"
#include "store_redis/redis_layout.hpp"
#include "store_redis/redis_lease.hpp"

namespace kgw::testing {
namespace {

// A second passes between any two looks at it.
class StridingClock final : public Clock {
 public:
  Now now() const override {
    at_ += 1s;
    return {at_, wall_from_ms(kStartMs)};
  }

 private:
  mutable Instant at_{1h};
};

TEST(RedisLeaseTest, IsCountedFromBeforeItWasAskedFor) {
  const RedisServer server;
  auto connection = redis::Connection::open(*redis::parse_redis_url(server.url()), {}, {});
  ASSERT_TRUE(connection) << connection.error().message;
  const StridingClock clock;
  RedisLease lease("a", "n", clock);
  EXPECT_EQ(lease.holds_until(), Instant::min()) << "not ours yet";
  for (int i = 0; i < 2; ++i) {  // taken, and resumed
    const Instant before = clock.now().steady;
    ASSERT_TRUE(lease.take(*connection));
    EXPECT_LE(lease.holds_until(), before + 1s + RedisLease::kLeaseTime);
    EXPECT_GT(lease.holds_until(), before);
  }
}

TEST_F(RedisStoreTest, AWriteWithoutTheLeaseIsRefused) {
  start();
  server->run({"SET", redis_layout::kLease, "b n"});
  const RequestId id = make.id(clock.now().wall);
  life->store->append(Records::accepted(id));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_EQ(life->acked, 0u);
  EXPECT_EQ(server->run({"EXISTS", redis_layout::exchange_key("K1", id.text())}).integer, 0);
}

TEST_F(RedisStoreTest, WhatTheReplicaDoesNotConfirmIsNotAcknowledged) {
  const RedisServer replica({"--repl-diskless-sync-delay", "0"});
  replica.run({"REPLICAOF", "127.0.0.1", std::to_string(server->port())});
  RedisStore::Settings waits = settings("a");
  waits.redis.wait_replicas = 1;
  // As long as it has not joined, or is slow to say that it has, the store does not open.
  const Instant give_up = clock.now().steady + 1min;
  do {
    life = std::make_unique<Life>(waits);
    ASSERT_LT(clock.now().steady, give_up) << life->error;
  } while (!life->store);
  replica.signal(SIGSTOP);
  life->store->append(Records::accepted(make.id(clock.now().wall)));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty() || life->acked != 0; }));
  EXPECT_EQ(life->acked, 0U) << "it may be lost with the master";
  replica.signal(SIGCONT);
  EXPECT_TRUE(life->until([&] { return life->recoveries >= 1; }));
}

}  // namespace
}  // namespace kgw::testing
