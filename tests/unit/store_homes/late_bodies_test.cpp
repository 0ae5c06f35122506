// What retention passes by: a request that a callback is owed about holds up nobody else's bodies and rows, and
// goes when that is over.
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance_rig.hpp"
#include "embedded_store_rig.hpp"
#include "store_sqlite/sqlite_journal.hpp"

namespace kgw::testing {
namespace {

AcceptedRecord accepted_at(const RequestId& id, std::string owner) {
  AcceptedRecord record = Records::accepted(id);
  Order order{"K1", "payment", "order-7", std::move(owner)};
  order.callback_url = "https://pay.example.com/hook";
  record.order = share(std::move(order));
  return record;
}

AnsweredRecord answered_at(const RequestId& id, WallTime at, bool callback) {
  AnsweredRecord record = Records::answered(id, "said");
  record.answered_at = at;
  record.callback = callback;
  return record;
}

CallbackRecord now_is(const RequestId& id, CallbackState state, std::uint32_t n = 1) {
  CallbackRecord record{id, n, "K1", {}};
  record.tries = {state, wall_from_ms(kStartMs), wall_from_ms(kStartMs), 1, {}, 503, "answered 503"};
  return record;
}

// Both homes keep bodies for a day and rows for 30 days here.
class LateBodies : public StoreConformance {
 protected:
  using Hours = std::chrono::hours;
  // Accepted and answered now.
  RequestId one(const std::string& owner, bool callback) {
    const WallTime now = clock.now().wall;
    const RequestId id = make.id(now);
    life->write({accepted_at(id, owner), answered_at(id, now, callback)});
    return id;
  }
  std::vector<RequestId> owed(std::size_t count, const std::string& owner = "dead") {
    const WallTime now = clock.now().wall;
    std::vector<RequestId> ids;
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i) {
      ids.push_back(make.id(now));
      records.emplace_back(accepted_at(ids.back(), owner));
      records.emplace_back(answered_at(ids.back(), now, true));
    }
    life->write(std::move(records));
    return ids;
  }
  void over(const std::vector<RequestId>& ids, CallbackState state) {
    std::vector<RegistryChange> changes;
    changes.reserve(ids.size());
    for (const RequestId& id : ids) changes.emplace_back(now_is(id, state));
    ASSERT_TRUE(life->write_registry(std::move(changes)));
  }
  bool is_whole(const RequestId& id) { return life->body(id) && life->get(id).response; }
  bool is_empty(const RequestId& id) { return !life->body(id) && !life->get(id).response; }
};

TEST_P(LateBodies, ADeadReceiverHoldsUpNobodyElse) {
  const std::vector<RequestId> dead = owed(150);  // more than a step
  const RequestId other = one("shop", false);
  clock.pass(Hours(25));
  life->sweep(clock);
  EXPECT_TRUE(is_empty(other)) << "it goes on time";
  EXPECT_TRUE(is_whole(dead.front()));
  EXPECT_TRUE(is_whole(dead.back()));
  clock.pass(Hours(24 * 30));
  life->sweep(clock);
  EXPECT_FALSE(*life->find(other));
  EXPECT_TRUE(is_whole(dead.front())) << "what is owed is kept whole";
  EXPECT_TRUE(is_whole(dead.back()));
}

TEST_P(LateBodies, WhatIsPassedByGoesOnceItsCallbackIsOver) {
  const std::vector<RequestId> ids = owed(4);
  clock.pass(Hours(25));
  life->sweep(clock);
  over({ids[0]}, CallbackState::delivered);
  over({ids[1]}, CallbackState::dead);
  over({ids[2]}, CallbackState::dead);
  over({ids[2]}, CallbackState::owed);  // replayed
  EXPECT_TRUE(is_whole(ids[1])) << "not at once: in the next sweep";
  life->sweep(clock);
  EXPECT_TRUE(is_empty(ids[0]));
  EXPECT_TRUE(is_empty(ids[1]));
  EXPECT_TRUE(is_whole(ids[2]));
  EXPECT_TRUE(is_whole(ids[3]));
  start();
  life->sweep(clock);
  EXPECT_TRUE(is_whole(ids[2]));
  over({ids[2]}, CallbackState::gone);
  life->sweep(clock);
  EXPECT_TRUE(is_empty(ids[2]));
  EXPECT_TRUE(is_whole(ids[3]));
  clock.pass(Hours(24 * 31));
  life->sweep(clock);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(*life->find(ids[static_cast<std::size_t>(i)]));
  EXPECT_TRUE(is_whole(ids[3]));
}

TEST_P(LateBodies, OneOfTwoCallbacksKeepsIt) {
  const WallTime now = clock.now().wall;
  const RequestId id = make.id(now);
  EndedRecord timed_out = Records::ended(id, State::timed_out, ErrorCode::timeout, 0);
  timed_out.callback = true;
  AnsweredRecord late = answered_at(id, now, true);
  late.late = true;
  life->write({accepted_at(id, "dead"), timed_out, late});
  clock.pass(Hours(25));
  life->sweep(clock);
  ASSERT_TRUE(life->write_registry({now_is(id, CallbackState::dead, 2)}));
  life->sweep(clock);
  EXPECT_TRUE(is_whole(id)) << "the first is owed";
  ASSERT_TRUE(life->write_registry({now_is(id, CallbackState::dead, 1)}));
  life->sweep(clock);
  EXPECT_TRUE(is_empty(id));
}

// The sweep of Redis walks in the order of acceptance, and passes them by before their time has come.
TEST_P(LateBodies, WhatEndedLateIsEmptiedInItsTime) {
  for (const bool opened_anew : {false, true}) {
    const RequestId answered = make.id(clock.now().wall), rejected = make.id(clock.now().wall);
    life->write({Records::accepted(answered), Records::accepted(rejected)});
    life->sweep(clock);
    clock.pass(Hours(25));
    life->write({answered_at(answered, clock.now().wall, false),
                 EndedRecord{rejected, clock.now().wall, State::rejected, ErrorCode::kiosk_offline, "K1"}});
    const RequestId behind = one("shop", false);
    clock.pass(Hours(22));
    life->sweep(clock);
    EXPECT_TRUE(is_whole(answered)) << "accepted long ago, and answered not";
    EXPECT_TRUE(life->body(rejected));
    EXPECT_TRUE(is_whole(behind));
    if (opened_anew) start();
    clock.pass(Hours(3));
    life->sweep(clock);
    EXPECT_TRUE(is_empty(answered));
    EXPECT_TRUE(is_empty(rejected));
    EXPECT_TRUE(is_empty(behind));
  }
}

// The sweep's mark has passed them by when they end, or their answers come.
TEST_P(LateBodies, WhatEndsBehindTheMarkGoesInItsTime) {
  const RequestId open = make.id(clock.now().wall), rejected = make.id(clock.now().wall),
                  timed_out = make.id(clock.now().wall);
  life->write({Records::accepted(open), Records::accepted(rejected), Records::accepted(timed_out),
               Records::ended(timed_out, State::timed_out, ErrorCode::timeout, 60'000)});
  clock.pass(Hours(26));
  const RequestId behind = one("shop", false);
  clock.pass(Hours(25));
  life->sweep(clock);
  EXPECT_TRUE(is_empty(behind)) << "the mark is behind all of them";
  EXPECT_TRUE(life->body(open) && life->body(rejected) && life->body(timed_out))
      << "nobody knows what came of them";
  life->write({answered_at(open, clock.now().wall, false), answered_at(timed_out, clock.now().wall, false),
               EndedRecord{rejected, clock.now().wall, State::rejected, ErrorCode::kiosk_offline, "K1"}});
  clock.pass(Hours(23));
  life->sweep(clock);
  EXPECT_TRUE(is_whole(open) && is_whole(timed_out)) << "a day has not passed since their answers";
  EXPECT_TRUE(life->body(rejected)) << "nor since its end";
  clock.pass(Hours(2));
  life->sweep(clock);
  EXPECT_TRUE(is_empty(open));
  EXPECT_TRUE(is_empty(rejected));
  EXPECT_TRUE(is_empty(timed_out));
}

// An answer may come to one that was certainly never sent, as far as the gateway knew.
TEST_P(LateBodies, ALateAnswerToARejectedOneIsKeptForItsTime) {
  const RequestId id = make.id(clock.now().wall);
  life->write({Records::accepted(id)});
  clock.pass(Hours(25));
  life->sweep(clock);
  constexpr int kHour = 3'600'000;
  life->write({Records::ended(id, State::rejected, ErrorCode::kiosk_offline, 26 * kHour)});
  life->write({Records::answered(id, "said", 30 * kHour)});
  clock.pass(Hours(26));
  life->sweep(clock);
  EXPECT_EQ(view(life->get(id).response), "said") << "a day has not passed since its answer";
  clock.pass(Hours(4));
  life->sweep(clock);
  EXPECT_FALSE(life->get(id).response);
}

TEST_P(LateBodies, SoIsOneToARejectedOneThatOwes) {
  const RequestId id = make.id(clock.now().wall);
  constexpr int kHour = 3'600'000;
  EndedRecord rejected = Records::ended(id, State::rejected, ErrorCode::kiosk_offline, kHour);
  rejected.callback = true;
  life->write({accepted_at(id, "dead"), rejected});
  clock.pass(Hours(26));
  life->sweep(clock);
  EXPECT_TRUE(life->body(id)) << "passed by";
  life->write({answered_at(id, clock.now().wall, false)});
  ASSERT_TRUE(life->write_registry({now_is(id, CallbackState::dead)}));
  life->sweep(clock);
  EXPECT_EQ(view(life->get(id).response), "said");
  clock.pass(Hours(25));
  life->sweep(clock);
  EXPECT_TRUE(is_empty(id));
}

// Nor does it go while nobody knows what its answer means.
TEST_P(LateBodies, OneThatIsInDoubtAgainIsKept) {
  const RequestId id = make.id(clock.now().wall);
  EndedRecord rejected = Records::ended(id, State::rejected, ErrorCode::kiosk_offline, 3'600'000);
  rejected.callback = true;
  life->write({accepted_at(id, "dead"), rejected});
  clock.pass(Hours(26));
  life->sweep(clock);
  AnsweredRecord doubtful = answered_at(id, clock.now().wall, false);
  doubtful.outcome = Outcome::unknown;
  life->write({doubtful});
  clock.pass(Hours(25));
  life->sweep(clock);  // passes the answer by
  ASSERT_TRUE(life->write_registry({now_is(id, CallbackState::dead)}));
  life->sweep(clock);
  EXPECT_EQ(view(life->get(id).response), "said");
  ResolvedRecord resolved = Records::resolved(id);
  resolved.what.at = clock.now().wall;
  ASSERT_TRUE(life->write_registry({resolved}));
  clock.pass(Hours(25));
  life->sweep(clock);
  EXPECT_TRUE(is_empty(id));
}

INSTANTIATE_TEST_SUITE_P(Journals, LateBodies, ::testing::Values(Home::embedded, Home::redis), home_name);

// The list is in the commit that moves the mark: whenever the gateway is killed, it holds what the mark has
// passed.
TEST_F(EmbeddedStoreTest, WhatWasPassedByIsKnownAfterAKill) {
  settings.keep_bodies = 10h;
  start();
  std::vector<RequestId> ids;
  std::vector<Record> records;
  for (int i = 0; i < 250; ++i) {
    ids.push_back(make.id(clock.now().wall));
    records.emplace_back(accepted_at(ids.back(), "dead"));
    records.emplace_back(answered_at(ids.back(), clock.now().wall, true));
  }
  life->write(std::move(records));
  for (int i = 0; i < 3; ++i) {  // a longer leap is not believed at a start
    life->sweep(clock);
    clock.pass(4h);
  }
  for (int kill = 0; kill < 8; ++kill) {
    clock.pass(2min);
    for (int step = 0; step <= kill; ++step) {
      ASSERT_TRUE(life->write_registry({SettingRecord{"sweep", std::to_string(step)}}));
      clock.pass(2s);
    }
    kill_and_start();
  }
  EXPECT_TRUE(life->body(ids.back())) << "all of them are owed";
  std::vector<RegistryChange> over;
  over.reserve(ids.size());
  for (const RequestId& id : ids) over.emplace_back(now_is(id, CallbackState::dead));
  ASSERT_TRUE(life->write_registry(std::move(over)));
  kill_and_start();
  life->sweep(clock);
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT count(*) FROM accepted WHERE envelope IS NOT NULL"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM answered WHERE response IS NOT NULL"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM late"), 0) << "nothing is left on the list";
}

// The journal alone, step by step.
class LateListTest : public ::testing::Test {
 protected:
  LateListTest() {
    const auto file = dir.path() / "gateway.db";
    std::ofstream(file).close();
    const auto place = std::make_shared<JournalPlace>(file, [] { return Result<bool>(false); });
    SqliteJournal::Opening how;
    how.now = start;
    how.run_rows = 4096;
    auto opened = SqliteJournal::open(file, place, how);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    journal.emplace(std::move(*opened));
  }
  void answered(const std::string& owner, int count) {
    JournalWork work;
    for (int i = 0; i < count; ++i) {
      ids.push_back(make.id());
      work.records.emplace_back(accepted_at(ids.back(), owner));
      work.records.emplace_back(answered_at(ids.back(), start, true));
    }
    ASSERT_TRUE(journal->write(work, Instant{}));
  }
  void all_over() {
    JournalWork work;
    for (const RequestId& id : ids) work.registry.emplace_back(now_is(id, CallbackState::dead));
    ASSERT_TRUE(journal->write(work, Instant{}));
  }
  // How many bodies have been emptied after each step of a sweep, as long as there are more.
  std::vector<std::uint64_t> sweep(std::size_t rows_max) {
    using Kept = JournalWriting::Kept;
    const JournalWriting::SweepOrder order{Kept{24h * 30, 1h, 1h}, start + 2h, rows_max};
    JournalWriting::Swept swept;
    std::vector<std::uint64_t> emptied;
    journal->begin_sweep();
    for (int steps = 0; steps < 1000; ++steps) {
      const auto more = journal->sweep_step(order, swept);
      EXPECT_TRUE(more);
      if (emptied.empty() ? swept.bodies != 0 : swept.bodies != emptied.back()) emptied.push_back(swept.bodies);
      if (!more || !*more) return emptied;
    }
    ADD_FAILURE() << "it has no end";
    return emptied;
  }

  TempDir dir;
  Records make;
  std::vector<RequestId> ids;
  const WallTime start = wall_from_ms(kStartMs);
  std::optional<SqliteJournal> journal;
};

TEST_F(LateListTest, OwnersTakeTurns) {
  answered("a", 35);
  answered("b", 1);
  answered("", 1);
  EXPECT_TRUE(sweep(10).empty()) << "all of them are owed";
  all_over();
  // "" and nine of a; b, and nobody behind him; from the beginning on, what is left of a.
  EXPECT_EQ(sweep(10), (std::vector<std::uint64_t>{10, 11, 21, 31, 37}));
  EXPECT_TRUE(sweep(10).empty());
}

}  // namespace
}  // namespace kgw::testing
