// The journal on disk: what is forgotten, and when it takes no more.
#include <algorithm>

#include "embedded_store_rig.hpp"
#include "store/journal_shares.hpp"

namespace kgw::testing {
namespace {

// One that was accepted and answered now, by the store's clock; its id goes on from the last one, as the
// gateway's do.
RequestId exchange_now(Life& life, Records& make, const TestClock& clock, std::string text = "{}") {
  const RequestId id = make.id(clock.now().wall);
  AcceptedRecord accepted = Records::accepted(id);
  accepted.accepted_at = clock.now().wall;
  AnsweredRecord answered = Records::answered(id, std::move(text));
  answered.answered_at = clock.now().wall;
  life.write({accepted, answered});
  return id;
}

TEST_F(EmbeddedStoreTest, RetentionTakesWhatEndedAndIsKnown) {
  settings.keep_bodies = 1h;
  settings.retention = 10h;
  start();
  const RequestId known = make.id(), open = make.id(), unknown = make.id(), invalid = make.id(),
                  rejected = make.id(), twice = make.id();
  AnsweredRecord bad = Records::answered(invalid, "bad");
  bad.valid = false;
  bad.outcome = Outcome::unknown;
  life->write({Records::accepted(known), Records::answered(known), Records::accepted(open),
               Records::accepted(unknown), Records::ended(unknown, State::timed_out, ErrorCode::timeout),
               Records::accepted(invalid), bad, Records::accepted(rejected, false),
               Records::ended(rejected, State::rejected, ErrorCode::draining), Records::accepted(twice),
               Records::ended(twice, State::timed_out, ErrorCode::timeout),
               Records::ended(twice, State::rejected, ErrorCode::draining)});
  clock.pass(2h);
  life->sweep(clock);
  EXPECT_EQ(life->get(known).state, State::answered);
  EXPECT_FALSE(life->get(known).response) << "emptied";
  EXPECT_FALSE(life->body(rejected));
  EXPECT_TRUE(life->body(unknown));
  EXPECT_TRUE(life->body(twice)) << "the first of its ends stands";
  EXPECT_TRUE(life->body(open));
  EXPECT_EQ(view(life->get(invalid).response), "bad");

  clock.pass(10h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(known));
  EXPECT_FALSE(*life->find(rejected));
  EXPECT_EQ(life->get(open).state, State::dispatched);
  EXPECT_EQ(life->get(unknown).state, State::timed_out);
  EXPECT_EQ(life->get(twice).state, State::timed_out);
  EXPECT_EQ(view(life->get(invalid).response), "bad");

  AnsweredRecord late = Records::answered(unknown, "late", 12 * 3'600'000);
  late.late = true;
  life->write({late});
  life->sweep(clock);
  EXPECT_EQ(view(life->get(unknown).response), "late") << "kept from its end on";
  clock.pass(2h);
  life->sweep(clock);
  EXPECT_EQ(life->get(unknown).state, State::answered);
  EXPECT_FALSE(life->get(unknown).response) << "its body is emptied although the sweep had passed it by";
  clock.pass(10h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(unknown));
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT count(*) FROM accepted"), 3);
  EXPECT_EQ(number("SELECT count(*) FROM ended"), 2) << "of the one that ended twice";
}

TEST_F(EmbeddedStoreTest, BodiesOfAnEarlierSchemaAreEmptiedToo) {
  settings.keep_bodies = 1h;
  start();
  const RequestId id = make.id();
  life->write({Records::accepted(id)});
  life->store->close();
  life.reset();
  {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    ASSERT_TRUE(db && db->exec("UPDATE accepted SET body = envelope, envelope = NULL"));
  }
  start();
  EXPECT_TRUE(life->body(id));
  life->write({Records::answered(id)});
  clock.pass(2h);
  life->sweep(clock);
  EXPECT_FALSE(life->body(id));
}

// A resolved one goes as if it had ended then; with a late answer that says what happened, as that one does.
TEST_F(EmbeddedStoreTest, RetentionTakesWhatIsResolved) {
  settings.keep_bodies = 1h;
  settings.retention = 10h;
  start();
  const RequestId timed_out = make.id(), silent = make.id(), answered = make.id(), open = make.id();
  AnsweredRecord doubtful = Records::answered(silent, "?");
  doubtful.outcome = Outcome::unknown;
  life->write({Records::accepted(timed_out), Records::ended(timed_out, State::timed_out, ErrorCode::timeout),
               Records::accepted(silent), doubtful, Records::accepted(answered),
               Records::ended(answered, State::timed_out, ErrorCode::timeout), Records::accepted(open),
               Records::ended(open, State::timed_out, ErrorCode::timeout)});
  clock.pass(12h);
  life->sweep(clock);
  EXPECT_TRUE(*life->find(timed_out));
  for (const RequestId& id : {timed_out, silent, answered}) {
    ResolvedRecord resolved = Records::resolved(id);
    resolved.what.at = clock.now().wall;
    ASSERT_TRUE(life->write_registry({resolved}));
  }
  clock.pass(30min);
  life->sweep(clock);
  EXPECT_EQ(view(life->get(silent).response), "?") << "its bodies are kept from its resolution on";
  clock.pass(1h);
  life->sweep(clock);
  EXPECT_FALSE(life->get(silent).response);
  EXPECT_FALSE(life->body(timed_out));
  EXPECT_TRUE(life->body(open));
  clock.pass(8h);
  AnsweredRecord late = Records::answered(answered, "late");
  late.late = true;
  late.answered_at = clock.now().wall;
  life->write({late});
  clock.pass(1h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(timed_out));
  EXPECT_FALSE(*life->find(silent));
  EXPECT_TRUE(*life->find(answered)) << "kept from its answer on";
  clock.pass(10h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(answered));
  EXPECT_TRUE(*life->find(open)) << "nobody knows yet";
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT count(*) FROM resolved"), 0);
}

// When retention has taken all there was, SQLite begins to number anew.
TEST_F(EmbeddedStoreTest, WhatComesAfterALongSilenceIsSweptToo) {
  settings.keep_bodies = 1h;
  settings.retention = 3h;
  start();
  for (int i = 0; i < 3; ++i) exchange_now(*life, make, clock);
  clock.pass(4h);
  life->sweep(clock);
  life->sweep(clock);
  for (const bool again : {false, true}) {
    const RequestId id = exchange_now(*life, make, clock, "after");
    clock.pass(2h);
    life->sweep(clock);
    EXPECT_FALSE(life->get(id).response) << again;
    clock.pass(2h);
    life->sweep(clock);
    EXPECT_FALSE(*life->find(id)) << again;
    if (!again) life->store->close(), start();
  }
}

TEST_F(EmbeddedStoreTest, RetentionGoesInSteps) {
  settings.keep_bodies = 1h;
  settings.retention = 2h;
  start();
  for (int i = 0; i < 1201; ++i) {
    const RequestId id = make.id();
    life->store->append(Records::accepted(id));
    life->store->append(Records::answered(id));
  }
  life->write({});
  clock.pass(3h);
  for (int i = 0; i < 10; ++i) life->sweep(clock);  // how much a step takes depends on the machine
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT (SELECT count(*) FROM accepted) + (SELECT count(*) FROM answered)"), 0);
}

// Forty days ahead for ten minutes: payments of minutes ago are there, and what nobody knows is not "not
// found".
TEST_F(EmbeddedStoreTest, AClockThatWasAheadDeletesNothing) {
  start();
  const RequestId before = exchange_now(*life, make, clock, "before");
  life->sweep(clock);
  clock.leap(24h * 40);
  const RequestId ahead = exchange_now(*life, make, clock, "ahead");
  clock.pass(10min);
  life->sweep(clock);
  const bool told = std::any_of(life->notes.begin(), life->notes.end(),
                                [](const auto& note) { return note.first == "sweep_waits"; });
  EXPECT_TRUE(told) << "and the log says so";
  life->store->close();
  start();  // with the wrong clock
  life->sweep(clock);
  clock.leap(-24h * 40);
  const RequestId after = exchange_now(*life, make, clock, "after");
  life->sweep(clock);
  EXPECT_EQ(view(life->get(before).response), "before");
  EXPECT_EQ(view(life->get(ahead).response), "ahead");
  EXPECT_EQ(view(life->get(after).response), "after");
}

// What the clock says counts in the end: after a day in which it stood by it.
TEST_F(EmbeddedStoreTest, ALeapIsBelievedAfterADay) {
  settings.keep_bodies = 1h;
  start();
  const RequestId id = exchange_now(*life, make, clock);
  life->store->close();
  life.reset();
  clock.leap(24h * 40);  // switched off for so long
  start();
  life->sweep(clock);
  EXPECT_TRUE(*life->find(id));
  clock.pass(25h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(id));
}

TEST_F(EmbeddedStoreTest, WhatWasMadeAheadIsNotKeptForAYear) {
  settings.keep_bodies = 1h;
  settings.retention = 10h;
  start();
  clock.leap(24h * 365);
  std::vector<RequestId> ahead;
  ahead.reserve(700);
  for (int i = 0; i < 700; ++i) ahead.push_back(exchange_now(*life, make, clock));  // more than a step
  clock.leap(-24h * 365);
  for (int i = 0; i < 3; ++i) exchange_now(*life, make, clock);
  life->sweep(clock);
  EXPECT_TRUE(life->get(ahead[0]).response) << "not due yet";
  clock.pass(2h);
  exchange_now(*life, make, clock);
  life->sweep(clock);
  for (const RequestId& id : {ahead.front(), ahead[350], ahead.back()}) EXPECT_FALSE(life->get(id).response);
  clock.pass(10h);
  life->sweep(clock);
  for (const RequestId& id : {ahead.front(), ahead[350], ahead.back()}) EXPECT_FALSE(*life->find(id));
}

TEST_F(EmbeddedStoreTest, NotFoundIsSaidOfWhatSurelyNeverWas) {
  settings.keep_bodies = 1h;
  settings.retention = 10h;
  const RequestId older = make.id();
  clock.pass(1h);
  start();
  EXPECT_TRUE(life->store->may_be_forgotten(older)) << "from before this journal";
  const RequestId swept_away = exchange_now(*life, make, clock);
  const RequestId never = make.id(clock.now().wall);
  const RequestId last = exchange_now(*life, make, clock);
  EXPECT_FALSE(life->store->may_be_forgotten(never));
  EXPECT_TRUE(life->store->may_be_forgotten(make.id(clock.now().wall + 1h))) << "from the future";
  RequestId random = never;
  random.bytes[6] = 0x40;
  EXPECT_FALSE(life->store->may_be_forgotten(random)) << "no id of ours";
  clock.pass(11h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(last));
  EXPECT_TRUE(life->store->may_be_forgotten(swept_away));
  EXPECT_TRUE(life->store->may_be_forgotten(last));
  life->store->close();
  start();
  EXPECT_TRUE(life->store->may_be_forgotten(last)) << "after a restart too";
  Records young;
  EXPECT_FALSE(life->store->may_be_forgotten(young.id(clock.now().wall)));
}

TEST_F(EmbeddedStoreTest, SpaceIsGivenBack) {
  settings.keep_bodies = 1h;
  start();
  for (int i = 0; i < 40; ++i) exchange_now(*life, make, clock, std::string(1 << 20, 'x'));
  clock.pass(2h);
  for (int i = 0; i < 10; ++i) life->sweep(clock);
  life->store->close();
  life.reset();
  EXPECT_LT(number("PRAGMA page_count"), 5000) << "of 10,000 and more";
}

TEST_F(EmbeddedStoreTest, OldConnectionsGo) {
  start();
  life->store->note_connection({"K1", clock.now().wall, true, "", "old"});
  life->store->note_connection({"K1", clock.now().wall + 24h * 20, true, "", "new"});
  ASSERT_TRUE(life->write_registry({Records::kiosk("K1")}));
  clock.pass(24h * 31);
  life->sweep(clock);
  const auto left = life->connections({{}, "K1", {}, 10});
  ASSERT_EQ(left.rows.size(), 1u);
  EXPECT_EQ(left.rows[0].reason, "new");
}

TEST_F(EmbeddedStoreTest, TheAuditTrailIsKeptByTime) {
  start();
  for (const char* target : {"oldest", "old"})
    ASSERT_TRUE(life->write_registry({AuditRecord{clock.now().wall, "admin", "api", "", "x", target, ""}}));
  clock.pass(24h * 600);
  for (int i = 0; i < 1000; ++i)
    life->store->write_registry({AuditRecord{clock.now().wall, "admin", "api", "", "x", "many", ""}},
                                [](const Result<void>&) {});
  life->sweep(clock);
  EXPECT_EQ(life->audit({{}, "oldest", {}, 10}).rows.size(), 1u) << "no number pushes it out";
  clock.pass(24h * 200);
  life->sweep(clock);
  EXPECT_TRUE(life->audit({{}, "oldest", {}, 10}).rows.empty());
  EXPECT_TRUE(life->audit({{}, "old", {}, 10}).rows.empty());
  EXPECT_EQ(life->audit({{}, "many", {}, 2000}).rows.size(), 1000u);
}

TEST_F(EmbeddedStoreTest, PastItsSizeItTakesNoNewExchanges) {
  settings.max_bytes = 1 << 20;
  settings.keep_bodies = 1h;
  settings.retention = 2h;
  start();
  EXPECT_TRUE(life->store->accepts());
  const RequestId id = make.id();
  life->write({Records::accepted(id, true, std::string(2 << 20, 'x'))});
  ASSERT_TRUE(life->write_registry({Records::kiosk("K1")}));  // the size is looked at after the commit
  EXPECT_FALSE(life->store->accepts());
  EXPECT_NE(life->store->trouble().find("reached JOURNAL_MAX_BYTES"), std::string::npos);
  life->write({Records::answered(id)});
  EXPECT_EQ(life->get(id).state, State::answered) << "what was let in may end";
  clock.pass(3h);
  EXPECT_FALSE(life->store->accepts());
  life->sweep(clock);
  EXPECT_TRUE(life->store->accepts());
}

TEST_F(EmbeddedStoreTest, OneKioskDoesNotFillItsSizeForAllOthers) {
  settings.max_bytes = 4 << 20;
  start();
  const std::string body(64 << 10, 'x');
  int taken = 0;
  for (; taken < 100 && life->store->has_room_for("K1", "shop"); ++taken)
    life->write({Records::accepted(make.id(), true, body)});
  EXPECT_GT(taken, 50) << "alone it gets most of it";
  EXPECT_TRUE(life->store->accepts());
  EXPECT_TRUE(life->store->has_room_for("K2", "shop")) << "these records had no owner";
  EXPECT_FALSE(life->store->has_room_for("K1", "bank"));
}

// What a kiosk says counts as what is said to it.
TEST_F(EmbeddedStoreTest, AnswersCountToTheirKiosksShare) {
  settings.max_bytes = 4 << 20;
  start();
  const std::string text(64 << 10, 'x');
  for (int i = 0; i < 100 && life->store->has_room_for("K1", ""); ++i) {
    const RequestId id = make.id();
    life->write({Records::accepted(id), Records::answered(id, text)});
  }
  EXPECT_TRUE(life->store->accepts());
  EXPECT_FALSE(life->store->has_room_for("K1", ""));
  EXPECT_TRUE(life->store->has_room_for("K2", ""));
}

TEST(JournalShares, AnOwnerHasOneShareThroughAllItsKiosks) {
  JournalShares shares(1h);
  const Instant now{1h};
  for (int i = 0; i < 10; ++i) shares.add(now, "K" + std::to_string(i), "shop", 100);
  EXPECT_FALSE(shares.has_room(now, "K99", "shop", 111));
  EXPECT_TRUE(shares.has_room(now, "K99", "shop", 113));
  EXPECT_TRUE(shares.has_room(now, "K1", "bank", 111));
  EXPECT_TRUE(shares.has_room(now, "K99", "", 1));
  EXPECT_FALSE(shares.has_room(now, "K99", "", 0));
}

TEST(JournalShares, WhatIsNoLongerKeptNoLongerCounts) {
  JournalShares shares(1h);
  Instant now{100h};
  shares.add(now, "K1", "", 900);
  EXPECT_FALSE(shares.has_room(now, "K1", "", 100));
  now += 59min;
  EXPECT_FALSE(shares.has_room(now, "K1", "", 100)) << "all of it is kept yet";
  now += 31min;  // half of the next period
  EXPECT_FALSE(shares.has_room(now, "K1", "", 50));
  EXPECT_TRUE(shares.has_room(now, "K1", "", 60));
  now += 31min;
  EXPECT_TRUE(shares.has_room(now, "K1", "", 2)) << "nothing is left of it";
}

}  // namespace
}  // namespace kgw::testing
