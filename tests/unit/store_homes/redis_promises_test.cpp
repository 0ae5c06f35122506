// What a store in Redis may say: that the lease is ours (Redis may have carried a command out as soon as it was
// sent), and that a record is durable.
#include "redis_store_rig.hpp"
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

TEST_F(RedisStoreTest, WhatTheReplicaDoesNotConfirmIsNotAcknowledged) {
  const RedisServer replica({"--repl-diskless-sync-delay", "0"});
  replica.run({"REPLICAOF", "127.0.0.1", std::to_string(server->port())});
  auto writes = redis::Connection::open(*redis::parse_redis_url(server->url()), {}, {});
  ASSERT_TRUE(writes && writes->run(redis::Command{"SET", "joined", "1"}));
  const Instant give_up = clock.now().steady + 1min;
  while (writes->run(redis::Command{"WAIT", "1", "100"})->integer == 0) ASSERT_LT(clock.now().steady, give_up);
  RedisStore::Settings waits = settings("a");
  waits.redis.wait_replicas = 1;
  life = std::make_unique<Life>(waits);
  ASSERT_TRUE(life->store) << life->error;
  life->write({Records::accepted(make.id(clock.now().wall))});
  replica.signal(SIGSTOP);
  const std::uint64_t acked = life->acked;
  life->store->append(Records::accepted(make.id(clock.now().wall)));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty() || life->acked != acked; }));
  EXPECT_EQ(life->acked, acked) << "it may be lost with the master";
  replica.signal(SIGCONT);
  EXPECT_TRUE(life->until([&] { return life->recoveries >= 1; }));
}

}  // namespace
}  // namespace kgw::testing
