// The journal on disk: what is forgotten, and when it takes no more.
#include "embedded_store_rig.hpp"

namespace kgw::testing {
namespace {

TEST_F(EmbeddedStoreTest, RetentionTakesWhatEndedAndIsKnown) {
  settings.keep_bodies = 1h;
  settings.retention = 10h;
  start();
  const RequestId known = make.id(), open = make.id(), unknown = make.id(), invalid = make.id(),
                  rejected = make.id();
  AnsweredRecord bad = Records::answered(invalid, "bad");
  bad.valid = false;
  bad.outcome = Outcome::unknown;
  life->write({Records::accepted(known), Records::answered(known), Records::accepted(open),
               Records::accepted(unknown), Records::ended(unknown, State::timed_out, ErrorCode::timeout),
               Records::accepted(invalid), bad, Records::accepted(rejected, false),
               Records::ended(rejected, State::rejected, ErrorCode::draining)});
  life->store->close();
  clock.pass(2h);
  start();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_EQ(life->get(known).state, State::answered);
  EXPECT_FALSE(life->get(known).response) << "emptied";
  EXPECT_EQ(view(life->get(invalid).response), "bad");
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT count(*) FROM accepted WHERE body IS NOT NULL"), 3);

  clock.pass(10h);
  start();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_FALSE(*life->find(known));
  EXPECT_FALSE(*life->find(rejected));
  EXPECT_EQ(life->get(open).state, State::dispatched);
  EXPECT_EQ(life->get(unknown).state, State::timed_out);
  EXPECT_EQ(view(life->get(invalid).response), "bad");
  EXPECT_EQ(open_ids(), std::vector{open});

  AnsweredRecord late = Records::answered(unknown, "late", 12 * 3'600'000);
  late.late = true;
  life->write({late});
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT count(*) FROM ended"), 1);
  clock.pass(2h);
  start();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_EQ(life->get(unknown).state, State::answered);
  EXPECT_FALSE(life->get(unknown).response) << "its body is emptied although the sweep had passed it by";
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
  life->store->close();
  clock.pass(3h);
  start();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_NE(life->notes.back().second.find("1201 requests deleted, 1201 emptied"), std::string::npos)
      << life->notes.back().second;
  life->store->close();
  life.reset();
  EXPECT_EQ(number("SELECT (SELECT count(*) FROM accepted) + (SELECT count(*) FROM answered)"), 0);
}

TEST_F(EmbeddedStoreTest, OldConnectionsGo) {
  start();
  life->store->note_connection({"K1", clock.now().wall, true, "", "old"});
  life->store->note_connection({"K1", clock.now().wall + 24h * 20, true, "", "new"});
  ASSERT_TRUE(life->write_registry({Records::kiosk("K1")}));
  life->store->close();
  clock.pass(24h * 31);
  start();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  const auto left = life->connections({{}, "K1", {}, 10});
  ASSERT_EQ(left.rows.size(), 1u);
  EXPECT_EQ(left.rows[0].reason, "new");
}

TEST_F(EmbeddedStoreTest, TheAuditTrailIsBounded) {
  start();
  for (const char* target : {"oldest", "old", "kept"})
    ASSERT_TRUE(life->write_registry({AuditRecord{clock.now().wall, "admin", "api", "", "x", target, ""}}));
  life->store->close();
  life.reset();
  {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    const std::string last =
        "UPDATE audit SET seq = " + std::to_string(limits::kAuditRowsMax) + " + 2 WHERE seq = 3";
    ASSERT_TRUE(db && db->exec(last.c_str()));
  }
  clock.pass(3h);
  start();
  ASSERT_TRUE(life->until([&] { return swept(); }));
  const auto left = life->audit({});
  ASSERT_EQ(left.rows.size(), 1u);
  EXPECT_EQ(left.rows[0].record.target, "kept");
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
  EXPECT_NE(life->store->trouble().find("larger than it may be"), std::string::npos);
  life->write({Records::answered(id)});
  EXPECT_EQ(life->get(id).state, State::answered) << "what was let in may end";
  life->store->close();
  clock.pass(3h);
  start();
  EXPECT_FALSE(life->store->accepts());
  ASSERT_TRUE(life->until([&] { return swept(); }));
  EXPECT_TRUE(life->store->accepts());
}

}  // namespace
}  // namespace kgw::testing
