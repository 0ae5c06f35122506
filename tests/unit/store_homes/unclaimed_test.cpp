// Answers that their callers may never have got (PROTOCOL.md 1.2): listed until somebody has read them, and
// those of a crash's last moments too.
#include "base/limits.hpp"
#include "conformance_rig.hpp"
#include "embedded_store_rig.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw::testing {
namespace {

std::vector<RequestId> ids_of(const std::vector<StoredExchange>& rows) {
  std::vector<RequestId> ids;
  for (const StoredExchange& x : rows) ids.push_back(x.id);
  return ids;
}

ExchangesQuery unclaimed_ones() {
  ExchangesQuery query;
  query.unclaimed = true;
  return query;
}

UnclaimedRecord unclaimed(const RequestId& id) { return {id, "K1", wall_from_ms(kStartMs + 200)}; }
ClaimedRecord claimed(const RequestId& id) { return {id, "K1", wall_from_ms(kStartMs + 300), ClaimedBy::ack}; }

TEST_P(StoreConformance, AnUnclaimedAnswerIsListedUntilItIsClaimed) {
  const RequestId a = make.id(), b = make.id(), c = make.id();
  life->write({Records::accepted(a), Records::accepted(b), Records::accepted(c), Records::answered(a),
               Records::answered(b), Records::answered(c)});
  ASSERT_TRUE(life->write_registry({unclaimed(a), unclaimed(c)}));
  EXPECT_TRUE(life->get(a).unclaimed);
  EXPECT_FALSE(life->get(b).unclaimed);
  EXPECT_EQ(ids_of(life->exchanges(unclaimed_ones()).rows), (std::vector{c, a})) << "newest first";
  ExchangesQuery forward = unclaimed_ones();
  forward.after = 0;
  forward.count_max = 1;
  const auto first = life->exchanges(forward);
  EXPECT_EQ(ids_of(first.rows), std::vector{a});
  ASSERT_TRUE(first.next);
  forward.after = first.next;
  EXPECT_EQ(ids_of(life->exchanges(forward).rows), std::vector{c});
  ExchangesQuery elsewhere = unclaimed_ones();
  elsewhere.kiosk_id = "K2";
  EXPECT_TRUE(life->exchanges(elsewhere).rows.empty());

  ASSERT_TRUE(life->write_registry({claimed(a)}));
  EXPECT_FALSE(life->get(a).unclaimed);
  ASSERT_TRUE(life->write_registry({unclaimed(a)}));
  EXPECT_FALSE(life->get(a).unclaimed) << "once claimed, it stays so";
  EXPECT_EQ(ids_of(life->exchanges(unclaimed_ones()).rows), std::vector{c});
  ASSERT_TRUE(life->write_registry({claimed(b), unclaimed(b), claimed(b)})) << "whoever reads it first";
  EXPECT_FALSE(life->get(b).unclaimed);

  if (GetParam() == Home::memory) return;
  start();
  EXPECT_EQ(ids_of(life->exchanges(unclaimed_ones()).rows), std::vector{c});
  EXPECT_EQ(ids_of(life->image.unclaimed), std::vector{c});
  EXPECT_EQ(view(life->image.unclaimed[0].response), R"({"status":"success"})");
}

TEST_P(StoreConformance, WhatWasAnsweredBeforeThePageIsPassed) {
  if (GetParam() == Home::memory) return;
  const RequestId a = make.id(), b = make.id(), open = make.id();
  life->write({Records::accepted(a), Records::accepted(b), Records::accepted(open), Records::answered(a)});
  const std::int64_t cursor = life->finals({}).next;
  life->write({Records::answered(b)});
  FinalsQuery query;
  query.after = cursor;
  query.unclaimed = {a, b, open, make.id()};
  EXPECT_EQ(life->finals(query).passed, std::vector{a});
  query.after = cursor - 1;
  EXPECT_TRUE(life->finals(query).passed.empty());
}

// An orderly end has told all, and so has a gateway whose store was only away for a while.
TEST_P(StoreConformance, AnOrderlyEndLeavesNothingUnclaimed) {
  const RequestId id = make.id();
  life->write({Records::accepted(id), Records::answered(id)});
  start();
  EXPECT_TRUE(life->image.unclaimed.empty());
  EXPECT_FALSE(life->exchanges(unclaimed_ones()).next);
}

TEST_P(StoreConformance, AnUnclaimedAnswerGoesWithItsRequest) {
  if (GetParam() == Home::memory) return;
  const RequestId id = make.id();
  life->write({Records::accepted(id), Records::answered(id)});
  ASSERT_TRUE(life->write_registry({unclaimed(id)}));
  clock.pass(std::chrono::hours(24 * 31));
  life->sweep(clock);
  ASSERT_FALSE(*life->find(id)) << "retention has not come by";
  start();
  EXPECT_TRUE(life->image.unclaimed.empty());
}

// An answer counts as told when two marks have been written after it, with commits a second apart.
TEST_F(EmbeddedStoreTest, ACrashLeavesItsLastAnswersUnclaimed) {
  start();
  std::vector<RequestId> ids;
  for (int i = 0; i < 6; ++i) {
    const RequestId id = make.id();
    ids.push_back(id);
    life->write({Records::accepted(id), Records::answered(id)});
    clock.pass(1s);
  }
  const RequestId timed_out = make.id();
  life->write({Records::accepted(timed_out), Records::ended(timed_out, State::timed_out, ErrorCode::timeout)});
  kill_and_start();
  const auto listed = ids_of(life->image.unclaimed);
  ASSERT_FALSE(listed.empty());
  EXPECT_LE(listed.size(), 3U) << "only those of the last moments";
  EXPECT_EQ(listed,
            (std::vector<RequestId>(ids.end() - static_cast<std::ptrdiff_t>(listed.size()), ids.end())));
  kill_and_start();
  EXPECT_EQ(ids_of(life->image.unclaimed), listed) << "still there, and no more of them";
}

TEST_F(EmbeddedStoreTest, ACrashBeforeTheFirstMarkLosesSightOfNone) {
  start();
  const RequestId id = make.id();
  life->write({Records::accepted(id), Records::answered(id)});
  kill_and_start();
  EXPECT_EQ(ids_of(life->image.unclaimed), std::vector{id});
}

TEST_F(EmbeddedStoreTest, AStoreThatComesBackMakesNothingUnclaimed) {
  start();
  const RequestId id = make.id();
  life->write({Records::accepted(id), Records::answered(id)});
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  vfs.fail_syncs(0);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_FALSE(life->get(id).unclaimed) << "the gateway lives, and has told it";
}

// As after a crash: the mark is behind.
TEST(RedisUnclaimed, ACrashLeavesItsLastAnswersUnclaimed) {
  RedisServer server;
  SystemClock clock;
  Records make;
  int lives = 0;
  const auto open = [&] {
    RedisStore::Settings settings;
    settings.redis.url = *redis::parse_redis_url(server.url());
    settings.node = "test";
    settings.nonce = std::to_string(++lives);
    settings.common = {
        {std::chrono::hours(24 * 30), std::chrono::hours(24), std::chrono::hours(24)}, 0, &clock};
    return std::make_unique<Life>(settings);
  };
  auto life = open();
  ASSERT_TRUE(life->store) << life->error;
  const RequestId old = make.id(), fresh = make.id(), timed_out = make.id();
  life->write({Records::accepted(old), Records::accepted(fresh), Records::accepted(timed_out)});
  life->write({Records::answered(old)});
  life.reset();
  const std::string mark = server.run({"HGET", redis_layout::kMeta, "told_to"}).text;
  life = open();
  life->write({Records::answered(fresh), Records::ended(timed_out, State::timed_out, ErrorCode::timeout)});
  life.reset();
  EXPECT_NE(server.run({"HGET", redis_layout::kMeta, "told_to"}).text, mark) << "an orderly end has told all";
  server.run({"HSET", redis_layout::kMeta, "told_to", mark});
  for (int i = 0; i < 2; ++i) {
    life = open();
    EXPECT_EQ(ids_of(life->image.unclaimed), std::vector{fresh}) << i;
    life.reset();
  }
}

}  // namespace
}  // namespace kgw::testing
