// What a store in Redis does besides what every store does: leases, a Redis that goes, hangs, is full, is
// emptied.
#include "redis_store_rig.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw::testing {
namespace {

TEST_F(RedisStoreTest, OneGatewayAtATime) {
  start();
  const auto second = open("b");
  EXPECT_FALSE(second->store);
  EXPECT_EQ(second->code, ErrorCode::already_exists);
  EXPECT_NE(second->error.find("another gateway (a)"), std::string::npos) << second->error;
  life->store->close();
  EXPECT_TRUE(open("b")->store) << "given back at the end";
}

// PROTOCOL.md 1.3: a key whose request has ended is forgotten some time, though its acceptance is written
// again.
TEST_F(RedisStoreTest, AKeyThatEndsStillEndsWhenItIsClaimedAgain) {
  start();
  AcceptedRecord accepted = Records::accepted(make.id());
  Order order = *accepted.order;
  order.claim.emplace();
  accepted.order = share(std::move(order));
  AnsweredRecord answered = Records::answered(accepted.id);
  answered.kiosk_id = accepted.order->kiosk_id;
  answered.key = accepted.order->claim->key;
  life->write({accepted, answered});
  const std::string key = redis_layout::claim_key(*answered.key);
  EXPECT_GT(server->run({"PTTL", key}).integer, 0);
  life->write({accepted});
  EXPECT_GT(server->run({"PTTL", key}).integer, 0);
}

TEST_F(RedisStoreTest, TheLeaseOfOneThatDiedRunsOut) {
  start();
  server->run({"PEXPIRE", redis_layout::kLease, "1"});  // as if five seconds had passed without a sign of it
  // The first one may be quicker to take its lease again than the second to come.
  std::unique_ptr<Life> second;
  for (int tries = 0; tries < 100 && (!second || !second->store); ++tries) {
    server->run({"DEL", redis_layout::kLease});
    second = open("b");
  }
  ASSERT_TRUE(second->store);
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_NE(life->failures[0].find("taken over"), std::string::npos) << life->failures[0];
  ASSERT_TRUE(life->until([&] { return life->told.back() == "taken over"; }));
  EXPECT_EQ(life->recoveries, 0);
  // What it still hands over goes nowhere.
  const RequestId id = make.id(clock.now().wall);
  life->store->append(Records::accepted(id));
  life->store->commit();
  life->store->close();
  EXPECT_FALSE(*second->find(id));
}

TEST_F(RedisStoreTest, ALeaseThatIsAbsentIsNobodyElses) {
  start();
  const RequestId id = make.id(clock.now().wall);
  life->write({Records::accepted(id)});
  for (int times = 0; times < 5; ++times) {  // under traffic, and as the idle look finds it
    server->run({"DEL", redis_layout::kLease});
    life->store->append(Records::answered(id));
    life->store->commit();
    ASSERT_TRUE(life->until([&] { return life->store->accepts() && life->told.back() != "failed"; }));
    ASSERT_TRUE(life->until([&] { return server->run({"GET", redis_layout::kLease}).text == "a n"; }));
  }
  EXPECT_EQ(std::count(life->told.begin(), life->told.end(), "taken over"), 0);
  EXPECT_EQ(life->losses, 0);
}

TEST_F(RedisStoreTest, AnEmptiedRedisIsNoticedByTheNextCommit) {
  start();
  const RequestId done = make.id(clock.now().wall);
  life->write({Records::accepted(done), Records::answered(done)});
  server->run({"FLUSHALL"});
  life->store->append(Records::accepted(make.id(clock.now().wall)));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 1);
  EXPECT_EQ(life->get(done).state, State::answered) << "what was written last is written again";
  EXPECT_EQ(std::count(life->told.begin(), life->told.end(), "taken over"), 0);
}

TEST_F(RedisStoreTest, AnEmptiedRedisIsNoticedWhenNobodyWrites) {
  start();
  life->write({Records::accepted(make.id(clock.now().wall))});
  server->run({"FLUSHALL"});
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 1);
}

TEST_F(RedisStoreTest, OneThatCountsFewerCommitsHasLostSome) {
  start();
  life->write({Records::accepted(make.id(clock.now().wall))});
  life->write({Records::accepted(make.id(clock.now().wall))});
  server->run({"HSET", redis_layout::kMeta, "commits", "1"});
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 1);
}

TEST_F(RedisStoreTest, WhoHadItMeanwhileIsKnownThoughTheLeaseIsFree) {
  start();
  life->write({Records::accepted(make.id(clock.now().wall))});
  // As another leaves it that came, wrote and went.
  server->run({"EVAL", "redis.call('INCR', KEYS[2]) return redis.call('DEL', KEYS[1])", "2",
               redis_layout::kLease, redis_layout::kEpoch});
  ASSERT_TRUE(life->until([&] { return !life->told.empty() && life->told.back() == "taken over"; }));
}

// It alone knows what was there; only when it does not come is it for who waits.
TEST_F(RedisStoreTest, AnEmptiedRedisIsLeftToWhoServedIt) {
  TestClock time;
  const auto seen = std::make_shared<SeenHolder>();
  RedisLease first("a", "n", time);
  auto connection = redis::Connection::open(*redis::parse_redis_url(server->url()), {}, {});
  ASSERT_TRUE(connection);
  const auto second = [&] { return RedisLease("b", "n", time, seen).take(*connection); };
  ASSERT_TRUE(first.take(*connection));
  EXPECT_EQ(second().error().code, ErrorCode::already_exists);
  server->run({"FLUSHALL"});
  const auto early = second();
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::already_exists) << "what may pass is tried again";
  EXPECT_NE(early.error().message.find("emptied"), std::string::npos) << early.error().message;
  EXPECT_EQ(server->run({"DBSIZE"}).integer, 0) << "it has written nothing";
  const auto again = first.take(*connection);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->older);
  time.pass(RedisLease::kLeaseTime);
  EXPECT_NE(second().error().message.find("another gateway (a)"), std::string::npos);

  server->run({"FLUSHALL"});
  EXPECT_FALSE(second()) << "the time begins anew";
  time.pass(RedisLease::kLeaseTime - 1ms);
  EXPECT_FALSE(second());
  time.pass(1ms);
  EXPECT_TRUE(second()) << "the other one does not come";
  EXPECT_EQ(first.take(*connection).error().code, ErrorCode::forbidden);
}

TEST_F(RedisStoreTest, NumbersOfTheLeaseGrowThoughRedisWasEmptied) {
  start();
  const auto number = [&] { return std::stoll(server->run({"GET", redis_layout::kEpoch}).text); };
  const long long first = number();
  life.reset();
  server->run({"FLUSHALL"});
  start();
  EXPECT_GT(number(), first);
}

TEST_F(RedisStoreTest, AnAnswerWhoseRequestIsGoneIsNotAcknowledged) {
  start();
  const RequestId id = make.id(clock.now().wall);
  life->write({Records::accepted(id)});
  server->run({"DEL", redis_layout::exchange_key("K1", id.text())});  // as an eviction does
  const std::uint64_t number = life->store->append(Records::answered(id));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_LT(life->acked, number);
  EXPECT_EQ(life->losses, 1);
  life->write({Records::accepted(make.id(clock.now().wall))});
}

TEST_F(RedisStoreTest, WhatItCanNotReadAtTheStartIsNotLeftOut) {
  start();
  const RequestId open = make.id(clock.now().wall);
  life->write({Records::accepted(open)});
  life.reset();
  server->run({"SET", redis_layout::exchange_key("K1", open.text()), "not a hash"});
  const Life next(settings("a"));
  EXPECT_FALSE(next.store);
  EXPECT_NE(next.error.find("WRONGTYPE"), std::string::npos) << next.error;
}

TEST_F(RedisStoreTest, WhatIsWrongNowIsTold) {
  start();
  server->end(SIGKILL);
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  ASSERT_TRUE(
      life->until([&] { return life->store->trouble().find("Connection refused") != std::string::npos; }));
}

TEST_F(RedisStoreTest, ItsUserMayDoAllThatIsNeededOrIsTold) {
  const std::vector<std::string> rights = {
      "ping",  "role",     "info",      "eval",    "evalsha",     "script|load",    "get",
      "set",   "del",      "exists",    "pexpire", "time",        "hset",           "hsetnx",
      "hget",  "hmget",    "hgetall",   "hexists", "hdel",        "hincrby",        "sadd",
      "srem",  "smembers", "zadd",      "zrem",    "zrangebylex", "zrevrangebylex", "xadd",
      "xtrim", "xrange",   "xrevrange", "multi",   "exec"};
  const auto allow = [&](std::string_view all_but, const char* keys) {
    redis::Command command{"ACL", "SETUSER", "gw", "reset", "on", ">right", keys};
    for (const std::string& right : rights)
      if (right != all_but) command.push_back("+" + right);
    server->run(command);
  };
  RedisStore::Settings with = settings("a");
  with.redis.url.user = "gw";
  with.redis.url.password = "right";
  for (const std::string& right : rights) {
    if (right == "ping") continue;  // doctor's
    allow(right, "~kgw:*");
    const Life life_without(with);
    ASSERT_FALSE(life_without.store) << right;
    const std::string& why = life_without.error;
    // Without ROLE nothing is asked any more; without EVAL no script can say what it lacks.
    EXPECT_TRUE(right == "role" || why.find("+" + right) != std::string::npos) << right << ": " << why;
    EXPECT_NE(why.find("docs/redis.md"), std::string::npos) << why;
  }
  allow("", "~other:*");
  EXPECT_NE(Life(with).error.find("~kgw:*"), std::string::npos) << Life(with).error;
  EXPECT_EQ(server->run({"DBSIZE"}).integer, 0) << "nothing is left of the look";
  allow("", "~kgw:*");
  Life enough(with);
  ASSERT_TRUE(enough.store) << enough.error;
  const RequestId id = make.id(clock.now().wall);
  enough.write({Records::accepted(id), Records::answered(id)});
  EXPECT_TRUE(enough.write_registry({Records::kiosk("K1"), KioskRemovedRecord{"K1"}}));
  enough.store->note_connection({"K1", clock.now().wall, true, "", "connected"});
  enough.store->commit();
  EXPECT_EQ(enough.get(id).state, State::answered);
  EXPECT_EQ(enough.exchanges({}).rows.size(), 1u);
  ASSERT_TRUE(enough.until([&] { return enough.connections({}).rows.size() == 1; }));
  EXPECT_EQ(enough.audit({}).rows.size(), 0u);
  EXPECT_TRUE(enough.failures.empty()) << enough.failures[0];
  EXPECT_EQ(enough.store->durability(), Durability::weak) << "CONFIG is not among them: nothing is promised";
}

TEST_F(RedisStoreTest, HowLongItIsSurelyOurs) {
  const Instant before = clock.now().steady;
  start();
  const Instant first = life->store->holds_until();
  EXPECT_GE(first, before + RedisLease::kLeaseTime);
  EXPECT_LE(first, clock.now().steady + RedisLease::kLeaseTime);
  life->write({Records::accepted(make.id(clock.now().wall))});
  EXPECT_GT(life->store->holds_until(), first) << "every commit is a sign of life";
  server->signal(SIGSTOP);
  const Instant stopped = clock.now().steady;
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_LE(life->store->holds_until(), stopped + RedisLease::kLeaseTime) << "no word from Redis, no more time";
  server->signal(SIGCONT);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_GT(life->store->holds_until(), stopped + RedisLease::kLeaseTime);
  server->run({"SET", redis_layout::kLease, "b n"});
  ASSERT_TRUE(life->until([&] { return life->told.back() == "taken over"; }));
  EXPECT_LT(life->store->holds_until(), clock.now().steady);
}

TEST_F(RedisStoreTest, AKilledRedisComesBackWithAllThatWasAcknowledged) {
  start();
  const RequestId before = make.id(clock.now().wall);
  life->write({Records::accepted(before), Records::answered(before)});
  server->end(SIGKILL);
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_FALSE(life->store->accepts());
  EXPECT_FALSE(life->store->trouble().empty());
  EXPECT_FALSE(life->find(before)) << "it can't be read now";
  server->start();
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 0);
  EXPECT_EQ(life->get(before).state, State::answered);
  const RequestId after = make.id(clock.now().wall);
  life->write({Records::accepted(after)});
  EXPECT_EQ(life->get(after).state, State::dispatched);
}

TEST_F(RedisStoreTest, AHungRedisIsNoticedWithinASecond) {
  start();
  const auto began = std::chrono::steady_clock::now();
  server->signal(SIGSTOP);
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);  // a second, and room for a busy machine
  server->signal(SIGCONT);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
}

TEST_F(RedisStoreTest, AnEmptiedRedisIsTold) {
  server = std::make_unique<RedisServer>(std::vector<std::string>{});
  start();
  EXPECT_EQ(life->store->durability(), Durability::weak);
  life->write({Records::accepted(make.id(clock.now().wall))});
  server->end(SIGKILL);
  server->start();
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 1);
  life->write({Records::accepted(make.id(clock.now().wall))});
}

TEST_F(RedisStoreTest, WhatWasAcknowledgedLastIsWrittenAgainAfterALoss) {
  server = std::make_unique<RedisServer>(std::vector<std::string>{});
  start();
  const RequestId done = make.id(clock.now().wall), open = make.id(clock.now().wall);
  life->write({Records::accepted(done), Records::accepted(open)});
  life->write({Records::answered(done)});
  server->end(SIGKILL);
  server->start();
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 1) << "the registry is the gateway's to restore";
  EXPECT_EQ(life->get(done).state, State::answered);
  EXPECT_EQ(life->get(open).state, State::dispatched);
  EXPECT_EQ(server->run({"ZCARD", redis_layout::kOpen}).integer, 1);
}

// What came before the store's first day, nobody knows; also when it was the same second.
TEST_F(RedisStoreTest, OfATimeBeforeItWasFirstUsedNothingIsSure) {
  const RequestId before = make.id(clock.now().wall);
  start();
  EXPECT_TRUE(life->store->may_be_forgotten(before));
  EXPECT_TRUE(life->until([&] { return !life->store->may_be_forgotten(make.id(clock.now().wall)); }));
}

// An id that was given out after the last acknowledgement was surely never accepted, though data was lost: its
// caller may send it again.
TEST_F(RedisStoreTest, AfterALossOnlyWhatIsOlderMayBeForgotten) {
  start();
  const RequestId lost = make.id(clock.now().wall), last = make.id(clock.now().wall);
  life->write({Records::accepted(last)});
  const RequestId never = make.id(clock.now().wall);
  // The loss is found in another second: Redis' own time would be taken for the time of the loss.
  const auto second = [](WallTime at) { return std::chrono::floor<std::chrono::seconds>(at); };
  const auto made = second(wall_from_ms(never.journal_key() >> 12));
  ASSERT_TRUE(life->until([&] { return second(clock.now().wall) > made; }));
  server->run({"FLUSHALL"});
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->losses, 1);
  EXPECT_TRUE(life->store->may_be_forgotten(lost));
  EXPECT_TRUE(life->store->may_be_forgotten(last));
  EXPECT_FALSE(life->store->may_be_forgotten(never));
}

TEST_F(RedisStoreTest, AFullRedisRefusesAndHeals) {
  start();
  server->run({"CONFIG", "SET", "maxmemory", "1"});
  life->store->append(Records::accepted(make.id(clock.now().wall)));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_NE(life->failures[0].find("more memory"), std::string::npos) << life->failures[0];
  server->run({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  life->write({Records::accepted(make.id(clock.now().wall))});
}

TEST_F(RedisStoreTest, WhatItsSettingsPromise) {
  start();
  EXPECT_EQ(life->store->durability(), Durability::strict);
  life.reset();
  server->run({"CONFIG", "SET", "appendfsync", "everysec"});
  start();
  EXPECT_EQ(life->store->durability(), Durability::weak);
  life.reset();
  server->run({"CONFIG", "SET", "appendfsync", "always"});
  server->run({"CONFIG", "SET", "maxmemory", "100mb"});
  server->run({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  start();
  EXPECT_EQ(life->store->durability(), Durability::weak) << "it may throw payments away";
  EXPECT_NE(life->store->trouble().find("allkeys-lru"), std::string::npos) << "and what was told already";
  EXPECT_TRUE(life->store->accepts());
}

TEST_F(RedisStoreTest, WhatItsSettingsPromiseIsLookedAtAgain) {
  start();
  server->run({"CONFIG", "SET", "maxmemory-policy", "volatile-lru"});
  ASSERT_TRUE(life->until([&] { return life->weaknesses.size() == 1; }));
  EXPECT_EQ(life->store->durability(), Durability::weak);
  EXPECT_EQ(life->store->trouble(), "") << "only what ends anyway is thrown away";
  server->run({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  ASSERT_TRUE(life->until([&] { return life->weaknesses.size() == 2; }));
  EXPECT_EQ(life->weaknesses[1], "");
  EXPECT_EQ(life->store->durability(), Durability::strict);
}

TEST_F(RedisStoreTest, AReplicaThatNobodyWaitsForIsAWeakPromise) {
  start();
  const RedisServer replica({"--repl-diskless-sync-delay", "0"});
  replica.run({"REPLICAOF", "127.0.0.1", std::to_string(server->port())});
  ASSERT_TRUE(life->until([&] { return !life->weaknesses.empty(); }));
  EXPECT_NE(life->weaknesses[0].find("REDIS_WAIT_REPLICAS"), std::string::npos) << life->weaknesses[0];
  life.reset();
  while (server->run({"WAIT", "1", "1000"}).integer != 1) {
  }  // it keeps up
  RedisStore::Settings waits = settings("a");
  waits.redis.wait_replicas = 1;
  const Life waiting(waits);
  ASSERT_TRUE(waiting.store) << waiting.error;
  EXPECT_EQ(waiting.store->durability(), Durability::strict);
}

TEST_F(RedisStoreTest, APasswordThatIsWrongIsToldWithoutIt) {
  server = std::make_unique<RedisServer>();
  server->run({"ACL", "SETUSER", "gw", "on", ">right", "~kgw:*", "+@all"});
  RedisStore::Settings with = settings("a");
  with.redis.url.user = "gw";
  with.redis.url.password = "hunter22";
  const Life wrong(with);
  EXPECT_FALSE(wrong.store);
  EXPECT_NE(wrong.error.find("Check user and password in REDIS_URL"), std::string::npos) << wrong.error;
  EXPECT_EQ(wrong.error.find("hunter22"), std::string::npos);
  with.redis.url.password = "right";
  const Life right(with);
  EXPECT_TRUE(right.store) << right.error << ": keys that begin with kgw: must be enough";
}

}  // namespace
}  // namespace kgw::testing
