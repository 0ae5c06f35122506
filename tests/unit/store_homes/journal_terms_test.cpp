// The journal's index for rare questions: a kiosk's requests, an order's, those that ended in doubt, among very
// many others.
#include "embedded_store_rig.hpp"
#include "store_sqlite/term_run.hpp"

namespace kgw::testing {
namespace {

using Ids = std::vector<RequestId>;

class JournalTermsTest : public EmbeddedStoreTest {
 protected:
  // More of them than a page looks at, in one commit.
  void write_others() {
    std::vector<Record> records;
    for (std::size_t i = 0; i < limits::kStoreScanRowsMax + 1000; ++i) {
      const RequestId id = make.id();
      records.emplace_back(Records::accepted(id, true, ""));
      records.emplace_back(Records::answered(id));
    }
    life->write(std::move(records));
  }
  AcceptedRecord of_rare(const RequestId& id, std::string order = {}) {
    AcceptedRecord record = Records::accepted(id);
    record.order = share(Order{"rare", record.order->operation, std::move(order), {}});
    return record;
  }
  // What one look finds; nothing when it asks to go on.
  std::optional<Ids> at_one_look(const ExchangesQuery& query) {
    const auto page = life->exchanges(query);
    if (page.next) return std::nullopt;
    Ids ids;
    for (const StoredExchange& x : page.rows) ids.push_back(x.id);
    return ids;
  }
  // The index follows behind.
  ::testing::AssertionResult comes_to(const ExchangesQuery& query, const Ids& expected) {
    return life->until([&] {
      clock.pass(1s);
      return at_one_look(query) == expected;
    });
  }
  static ExchangesQuery rare() {
    ExchangesQuery query;
    query.kiosk_id = "rare";
    return query;
  }
  static ExchangesQuery oldest_first(ExchangesQuery query) {
    query.after = 0;
    return query;
  }
};

TEST_F(JournalTermsTest, RareOnesAreFoundAtOneLook) {
  start();
  const Ids ids{make.id(), make.id(), make.id(), make.id()};
  AnsweredRecord doubtful = Records::answered(ids[3]);
  doubtful.outcome = Outcome::unknown;
  life->write({of_rare(ids[0], "rare-7"), Records::answered(ids[0]), of_rare(ids[1]),
               Records::ended(ids[1], State::timed_out, ErrorCode::timeout), Records::accepted(ids[2], false),
               Records::ended(ids[2], State::rejected, ErrorCode::draining), of_rare(ids[3]), doubtful});
  write_others();
  ASSERT_TRUE(comes_to(rare(), {ids[3], ids[1], ids[0]}));
  EXPECT_EQ(at_one_look(oldest_first(rare())), (Ids{ids[0], ids[1], ids[3]}));
  ExchangesQuery query;
  query.order_id = "rare-7";
  EXPECT_EQ(at_one_look(query), Ids{ids[0]});
  query.kiosk_id = "K1";
  EXPECT_EQ(at_one_look(query), Ids{}) << "another's order";
  query = {};
  query.state = State::rejected;
  EXPECT_EQ(at_one_look(query), Ids{ids[2]});
  query.state = State::timed_out;
  EXPECT_EQ(at_one_look(query), Ids{ids[1]});
  query.state = State::dispatched;
  EXPECT_EQ(at_one_look(query), Ids{});
  query = {};
  query.outcome = Outcome::unknown;
  EXPECT_EQ(at_one_look(query), (Ids{ids[3], ids[1]}));
  query.outcome = Outcome::not_executed;
  EXPECT_EQ(at_one_look(query), Ids{ids[2]});

  AnsweredRecord late = Records::answered(ids[1]);
  late.late = true;
  life->write({late});
  EXPECT_EQ(at_one_look(query), Ids{ids[2]});
  query.outcome = Outcome::unknown;
  EXPECT_EQ(at_one_look(query), Ids{ids[3]});
  query = rare();
  query.count_max = 2;
  const auto page = life->exchanges(query);
  EXPECT_EQ(page.rows.size(), 2U);
  ASSERT_EQ(page.next, ids[1].journal_key());
  query.before = page.next;
  EXPECT_EQ(at_one_look(query), Ids{ids[0]});
}

TEST_F(JournalTermsTest, ItOutlivesACrashAndIsMadeForAnOldJournal) {
  start();
  const RequestId id = make.id();
  life->write({of_rare(id), Records::answered(id)});
  write_others();
  ASSERT_TRUE(comes_to(rare(), {id}));
  kill_and_start();
  EXPECT_EQ(at_one_look(rare()), Ids{id}) << "without a wait";
  life.reset();
  {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    ASSERT_TRUE(db && db->exec("DELETE FROM term_runs; DELETE FROM meta WHERE name = 'indexed_to'"));
  }
  start();
  EXPECT_TRUE(comes_to(rare(), {id}));
}

// As after an outage: one that was accepted before others is written behind them.
TEST_F(JournalTermsTest, WhatIsWrittenBehindYoungerOnesIsFound) {
  settings.run_rows = 1000;
  start();
  const Ids ids{make.id(), make.id()};
  life->write({of_rare(ids[0]), Records::answered(ids[0])});
  write_others();
  ASSERT_TRUE(comes_to(rare(), {ids[0]}));
  life->write({of_rare(ids[1]), Records::answered(ids[1])});
  EXPECT_TRUE(comes_to(rare(), {ids[1], ids[0]}));
}

TEST_F(JournalTermsTest, RetentionTakesItsTermsToo) {
  settings.keep_bodies = 1h;
  settings.retention = 10h;
  settings.run_rows = 20;
  start();
  const RequestId unknown = make.id();
  std::vector<Record> records{of_rare(unknown), Records::ended(unknown, State::timed_out, ErrorCode::timeout)};
  for (int i = 0; i < 99; ++i) {
    const RequestId id = make.id();
    records.emplace_back(of_rare(id));
    records.emplace_back(Records::answered(id));
  }
  life->write(std::move(records));
  for (int i = 0; i < 20; ++i) {
    clock.pass(1s);
    ASSERT_TRUE(life->write_registry({}));
  }
  life->store->close();
  ASSERT_EQ(number("SELECT count(*) FROM term_runs"), 5);
  start();
  clock.pass(11h);
  life->sweep(clock);
  EXPECT_EQ(at_one_look(rare()), Ids{unknown});
  life->store->close();
  EXPECT_EQ(number("SELECT count(*) FROM term_runs"), 1) << "of the one that stays";
  EXPECT_EQ(number("SELECT size FROM term_runs"), 1);
}

// The mark of the index says how far its runs go, and not how far it has read: what is in no run yet is found
// row by row.
TEST_F(JournalTermsTest, WhatIsInNoRunYetIsFound) {
  settings.run_rows = 10;
  start();
  Ids newest_first;
  std::vector<Record> records;
  for (int i = 0; i < 25; ++i) {
    const RequestId id = make.id();
    newest_first.insert(newest_first.begin(), id);
    records.emplace_back(of_rare(id));
    records.emplace_back(Records::answered(id));
  }
  life->write(std::move(records));
  for (int i = 0; i < 20; ++i) {
    clock.pass(1s);
    ASSERT_TRUE(life->write_registry({}));
  }
  EXPECT_EQ(at_one_look(rare()), newest_first);
  life->store->close();
  ASSERT_EQ(number("SELECT count(*) FROM term_runs"), 2) << "five are in none";
  start();
  EXPECT_EQ(at_one_look(rare()), newest_first);
}

TEST(TermRun, BytesThatAreNoneAreSeen) {
  TermRunBuilder run;
  for (std::int64_t key = 1; key <= 3; ++key) {
    run.add(key * 10);
    run.note(term_of(TermKind::kiosk, key == 2 ? "b" : "a"));
  }
  const std::string bytes = run.bytes();
  EXPECT_EQ(keys_with(bytes, {{term_of(TermKind::kiosk, "a")}}), (std::vector<std::int64_t>{10, 30}));
  EXPECT_EQ(keys_with(bytes, {{term_of(TermKind::order, "a")}}), std::vector<std::int64_t>{});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(keys_with(bytes.substr(0, size), {{term_of(TermKind::kiosk, "a")}})) << size;
  // On disk for years.
  EXPECT_EQ(term_of(TermKind::kiosk, "kiosk_001"), 3501810833U);
}

}  // namespace
}  // namespace kgw::testing
