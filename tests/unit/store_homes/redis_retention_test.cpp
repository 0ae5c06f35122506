// What a store in Redis forgets, and when.
#include <algorithm>
#include <atomic>

#include "redis_store_rig.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw::testing {
namespace {

// A store whose time passes at the test's word, and which has lived through it.
class RedisRetentionTest : public RedisStoreTest {
 protected:
  class Later final : public Clock {
   public:
    Now now() const override {
      Now now = real.now();
      now.wall += Milliseconds(shift.load());
      return now;
    }
    SystemClock real;
    std::atomic<std::int64_t> shift{0};
  };
  ~RedisRetentionTest() override { life.reset(); }  // before its clock

  void open_later(Milliseconds rows = 2h) {
    RedisStore::Settings s = settings("a");
    s.common = {{rows, 1h, 1h}, 0, &later};
    life = std::make_unique<Life>(s);
  }
  bool swept() const {
    return std::any_of(life->notes.begin(), life->notes.end(),
                       [](const auto& note) { return note.first == "store_swept"; });
  }
  void swept_until(Milliseconds shift) {
    later.shift = shift.count();
    server->run({"HSET", redis_layout::kMeta, "swept_by", std::to_string(to_ms(later.now().wall))});
  }
  bool has_body(const RequestId& id) {
    return server->run({"HEXISTS", redis_layout::exchange_key("K1", id.text()), "body"}).integer == 1;
  }
  Later later;
};

TEST_F(RedisRetentionTest, TakesTheIndexesAlong) {
  open_later();
  const WallTime now = later.now().wall;
  const RequestId known = make.id(now), unknown = make.id(now), open = make.id(now);
  life->write({Records::accepted(known), Records::accepted(unknown), Records::accepted(open),
               Records::answered(known), Records::ended(unknown, State::timed_out, ErrorCode::timeout)});
  life->store->close();
  swept_until(90min);
  open_later();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_EQ(life->get(known).state, State::answered);
  EXPECT_FALSE(life->get(known).response) << "its body is gone";
  EXPECT_FALSE(life->store->may_be_forgotten(make.id(later.now().wall)));
  life->store->close();
  swept_until(3h);
  open_later();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_FALSE(*life->find(known));
  EXPECT_TRUE(life->store->may_be_forgotten(known)) << "not found, but not surely never accepted";
  EXPECT_EQ(life->get(unknown).state, State::timed_out) << "of unknown outcome: never";
  EXPECT_EQ(life->get(open).state, State::dispatched) << "open: never";
  EXPECT_EQ(server->run({"ZCARD", redis_layout::kExchanges}).integer, 2);
  EXPECT_EQ(server->run({"EXISTS", redis_layout::exchange_key("K1", known.text())}).integer, 0);
}

TEST_F(RedisRetentionTest, WhatEndsBehindTheMarkIsEmptiedToo) {
  open_later(1000h);
  const WallTime now = later.now().wall;
  const RequestId plain = make.id(now), rejected = make.id(now), answered = make.id(now), late = make.id(now),
                  timed_out = make.id(now), soon = make.id(now);
  for (const RequestId& id : {plain, rejected, answered, late, timed_out, soon})
    life->write({Records::accepted(id)});
  const int in_80min = 80 * 60'000;
  life->write({Records::answered(plain), Records::ended(late, State::timed_out, ErrorCode::timeout),
               Records::answered(soon, "{}", in_80min)});
  life->store->close();
  swept_until(90min);
  open_later(1000h);
  ASSERT_TRUE(life->until([&] { return !has_body(plain); })) << "the mark has passed them all";
  const int in_90min = 90 * 60'000;
  life->write({Records::ended(rejected, State::rejected, ErrorCode::kiosk_offline, in_90min),
               Records::answered(answered, "{}", in_90min), Records::answered(late, "{}", in_90min),
               Records::ended(timed_out, State::timed_out, ErrorCode::timeout, in_90min)});
  for (const RequestId& id : {rejected, answered, late, timed_out, soon}) EXPECT_TRUE(has_body(id));
  life->store->close();
  EXPECT_EQ(server->run({"ZCARD", redis_layout::kLateBodies}).integer, 4);
  swept_until(4h);
  open_later(1000h);
  ASSERT_TRUE(life->until(
      [&] { return !has_body(rejected) && !has_body(answered) && !has_body(late) && !has_body(soon); }));
  EXPECT_TRUE(has_body(timed_out)) << "nobody knows what came of it";
  ASSERT_TRUE(life->until([&] { return server->run({"ZCARD", redis_layout::kLateBodies}).integer == 0; }));
  const std::string mark = server->run({"HGET", redis_layout::kMeta, "bodies_from"}).text;
  ASSERT_TRUE(life->write_registry({Records::resolved(timed_out, Resolution::done, 4 * 60 * 60'000)}));
  EXPECT_EQ(server->run({"HGET", redis_layout::kMeta, "bodies_from"}).text, mark)
      << "the sweep doesn't go over all that lies between again";
  life->store->close();
  EXPECT_TRUE(has_body(timed_out));
  swept_until(6h);
  open_later(1000h);
  EXPECT_TRUE(life->until([&] { return !has_body(timed_out); })) << "somebody knows";
}

TEST_F(RedisRetentionTest, WhatAnEarlierVersionPassedByIsFound) {
  open_later(1000h);
  const RequestId passed = make.id(later.now().wall);
  life->write({Records::accepted(passed), Records::answered(passed)});
  life->store->close();
  const std::string member = redis_layout::member_of(passed, "K1");
  server->run({"HSET", redis_layout::kMeta, "bodies_from", member + "\x01", "late_from", member});
  swept_until(4h);
  open_later(1000h);
  EXPECT_TRUE(life->until([&] { return !has_body(passed); }));
}

}  // namespace
}  // namespace kgw::testing
