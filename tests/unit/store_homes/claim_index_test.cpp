// The index of Idempotency-Keys and of orders, in runs: whatever is merged, swept, killed or written late, a
// key has the one who claimed it, and a free one has nobody.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "embedded_store_rig.hpp"
#include "sqlite/migrations.hpp"
#include "store_sqlite/claims/claim_block.hpp"
#include "store_sqlite/journal_place.hpp"
#include "store_sqlite/journal_reader.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/sqlite_journal.hpp"

namespace kgw::testing {
namespace {

Digest digest_of(std::uint64_t number) {
  SeededRandom random{number + 1};
  Digest digest;
  random.fill(digest);
  return digest;
}

// The journal alone, with the least memory for claims, step by step.
class ClaimRuns : public ::testing::Test {
 protected:
  ClaimRuns() { begin_anew(); }
  void begin_anew() {
    ++life;
    ids.clear();
    std::filesystem::create_directory(place());
    std::ofstream(file()).close();
    open();
  }
  std::filesystem::path place() const { return dir.path() / std::to_string(life); }
  std::filesystem::path file() const { return place() / "gateway.db"; }
  void close() {
    reader.reset();
    journal.reset();
  }
  void open() {
    close();
    SqliteJournal::Opening how;
    how.now = now;
    how.run_rows = 4096;
    how.claim_rows = claim_rows;
    auto opened = SqliteJournal::open(
        file(), std::make_shared<JournalPlace>(file(), [] { return Result<bool>(false); }), how);
    ASSERT_TRUE(opened) << opened.error().message;
    journal.emplace(std::move(*opened));
    auto reading = JournalReader::open(file(), {});
    ASSERT_TRUE(reading) << reading.error().message;
    reader.emplace(std::move(*reading));
  }
  // On what a kill would leave now.
  void kill_and_open() {
    const auto before = place();
    ++life;
    std::filesystem::create_directory(place());
    for (const char* name : {"gateway.db", "gateway.db-wal"})
      if (std::filesystem::exists(before / name)) std::filesystem::copy_file(before / name, place() / name);
    open();
  }
  void run_sql(const char* sql) {
    close();
    auto db = sqlite::Database::open(file());
    ASSERT_TRUE(db) << db.error().message;
    const auto done = db->exec(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::int64_t number(const char* sql) {
    auto db = open_journal(file(), {});
    EXPECT_TRUE(db);
    const auto value = db->integer(sql);
    EXPECT_TRUE(value) << value.error().message;
    return value ? value->value_or(-1) : -1;
  }

  static AcceptedRecord keyed(RequestId id, const Digest& key) {
    AcceptedRecord record = Records::accepted(id);
    Order order = *record.order;
    order.claim = KeyClaim{key, Digest{1}};
    record.order = share(std::move(order));
    return record;
  }
  static EndedRecord rejected(RequestId id, const Digest& key) {
    EndedRecord record = Records::ended(id, State::rejected, ErrorCode::kiosk_busy);
    record.key = key;
    return record;
  }
  std::vector<TakenKey> write(std::vector<Record> records) {
    JournalWork work;
    work.records = std::move(records);
    const auto taken = journal->write(work, Instant{});
    EXPECT_TRUE(taken) << taken.error().message;
    return taken ? *taken : std::vector<TakenKey>();
  }
  // In commits that are as large as the memory, or less; the n-th key is digest_of(n).
  void claim(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n < to;) {
      std::vector<Record> records;
      for (; n < to && records.size() < claim_rows; ++n) {
        ids.push_back(make.id(now));
        records.emplace_back(keyed(ids.back(), digest_of(n)));
      }
      ASSERT_TRUE(write(std::move(records)).empty());
    }
  }
  std::optional<RequestId> holder(const Digest& key) {
    auto found = reader->claimed(key);
    EXPECT_TRUE(found) << found.error().message;
    if (!found || !*found) return std::nullopt;
    EXPECT_EQ((*found)->order.claim->key, key);
    return (*found)->id;
  }
  // The writer's word and the reader's: the n-th key is the n-th id's.
  void all_are_held() {
    std::vector<Record> again;
    for (std::uint64_t n = 0; n < ids.size(); ++n) {
      again.emplace_back(keyed(make.id(now), digest_of(n)));
      EXPECT_EQ(holder(digest_of(n)), ids[n]) << n;
    }
    const auto taken = write(std::move(again));
    ASSERT_EQ(taken.size(), ids.size()) << "who asks again would pay again";
    for (std::size_t n = 0; n < ids.size(); ++n) EXPECT_EQ(taken[n].verdict.holder, ids[n]) << n;
  }
  bool step(std::size_t rows_max = 1) {
    const auto more = journal->index_step(rows_max);
    EXPECT_TRUE(more) << more.error().message;
    return more && *more;
  }
  // How many steps it takes until there is nothing more to merge.
  int merge_all() {
    for (int steps = 0; steps < 10'000; ++steps)
      if (!step()) return steps;
    ADD_FAILURE() << "it has no end";
    return 0;
  }
  void sweep(Milliseconds keep_keys, std::size_t rows_max = 7) {
    const JournalWriting::SweepOrder order{{24h * 365, 24h * 365, keep_keys}, now, rows_max};
    JournalWriting::Swept swept;
    journal->begin_sweep();
    for (int steps = 0; steps < 10'000; ++steps) {
      const auto more = journal->sweep_step(order, swept);
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
    ADD_FAILURE() << "it has no end";
  }

  std::size_t claim_rows = 4;
  TempDir dir;
  int life = 0;
  Records make;
  WallTime now = wall_from_ms(kStartMs);
  std::vector<RequestId> ids;
  std::optional<SqliteJournal> journal;
  std::optional<JournalReader> reader;
};

TEST_F(ClaimRuns, InMemoryInRunsAndMerged) {
  claim(0, 3);
  EXPECT_EQ(number("SELECT count(*) FROM claim_runs"), 0);
  all_are_held();
  claim(3, 4);
  EXPECT_EQ(number("SELECT count(*) FROM claim_runs"), 1) << "in the commit that fills it up";
  all_are_held();
  claim(4, 70);
  EXPECT_EQ(number("SELECT count(*) FROM claim_runs"), 17);
  all_are_held();
  merge_all();
  EXPECT_EQ(number("SELECT count(*) FROM claim_runs"), 3) << "eight times four, twice, and one";
  EXPECT_EQ(number("SELECT sum(size) FROM claim_runs"), 68);
  EXPECT_EQ(number("SELECT count(*) FROM claim_blocks"), 3) << "those that were merged have left no blocks";
  all_are_held();
  open();
  all_are_held();
  EXPECT_FALSE(holder(digest_of(1000)));
}

// After any number of steps: what is half merged, or merged and not yet taken apart, is merged again.
TEST_F(ClaimRuns, AKillBetweenAnyTwoSteps) {
  bool more = true;
  int stop = 0;
  for (; more; ++stop) {
    begin_anew();
    claim(0, 39);
    for (int i = 0; i < stop && more; ++i) more = step();
    kill_and_open();
    all_are_held();
    merge_all();
    all_are_held();
    EXPECT_EQ(number("SELECT count(*) FROM claim_runs"), 2) << stop;
    EXPECT_EQ(number("SELECT count(*) FROM claim_blocks"), 2) << "strays, after " << stop << " steps";
  }
  EXPECT_GE(stop, 6);
}

// As after an outage, and what comes from another gateway: younger ones are in runs already.
TEST_F(ClaimRuns, WhatIsClaimedBehindYoungerOnesOutlivesAKill) {
  const RequestId late = make.id(now), later = make.id(now);
  claim(0, 8);
  ASSERT_TRUE(write({keyed(late, digest_of(500)), keyed(later, digest_of(501))}).empty());
  kill_and_open();
  EXPECT_EQ(holder(digest_of(500)), late);
  EXPECT_EQ(holder(digest_of(501)), later);
  const auto taken = write({keyed(make.id(now), digest_of(501))});
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].verdict.holder, later);
  all_are_held();
}

TEST_F(ClaimRuns, AFreedKeyIsTheNextOnesWhereverItStood) {
  claim(0, 40);
  merge_all();
  std::vector<Record> records;
  std::vector<RequestId> next;
  for (std::uint64_t n = 0; n < 40; ++n) {
    next.push_back(make.id(now));
    records.emplace_back(rejected(ids[n], digest_of(n)));
    records.emplace_back(keyed(next.back(), digest_of(n)));
  }
  EXPECT_TRUE(write(std::move(records)).empty());
  ids = next;
  all_are_held();
  merge_all();
  kill_and_open();
  all_are_held();
}

TEST_F(ClaimRuns, RunsOfWhatIsForgottenAreWrittenAnew) {
  claim(0, 64);
  merge_all();
  ASSERT_EQ(number("SELECT sum(size) FROM claim_runs"), 64);
  const std::vector<RequestId> open_ones{ids[5], ids[50]};
  std::vector<Record> answers;
  for (std::uint64_t n = 0; n < 64; ++n)
    if (n != 5 && n != 50) answers.emplace_back(Records::answered(ids[n]));
  write(std::move(answers));
  now += 2h;
  sweep(1h);
  EXPECT_EQ(number("SELECT count(*) FROM claims"), 2);
  merge_all();
  EXPECT_EQ(number("SELECT sum(size) FROM claim_runs"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM claim_blocks"), number("SELECT count(*) FROM claim_runs"));
  EXPECT_EQ(holder(digest_of(5)), open_ones[0]);
  EXPECT_EQ(holder(digest_of(50)), open_ones[1]);
  EXPECT_FALSE(holder(digest_of(6)));
  EXPECT_TRUE(write({keyed(make.id(now), digest_of(6))}).empty()) << "forgotten, and free";
  EXPECT_EQ(write({keyed(make.id(now), digest_of(50))}).size(), 1U);
  write({Records::answered(open_ones[0], "{}", 3 * 3'600'000),
         Records::answered(open_ones[1], "{}", 3 * 3'600'000)});
  now += 24h;
  sweep(1h);
  merge_all();
  EXPECT_EQ(number("SELECT count(*) FROM claims"), 1) << "the one that is open";
  EXPECT_EQ(number("SELECT count(*) FROM claim_blocks"), number("SELECT count(*) FROM claim_runs"));
}

// Old rows are read, and an index that is not what it should be is written anew.
TEST_F(ClaimRuns, AStartMendsTheIndex) {
  claim(0, 71);
  merge_all();
  for (const char* const sql :
       {"DELETE FROM meta WHERE name = 'claims_to'",
        "DELETE FROM claim_blocks WHERE place = (SELECT max(place) FROM claim_blocks)",
        "UPDATE claim_blocks SET entries = substr(entries, 1, 17) WHERE place = (SELECT max(place) FROM "
        "claim_blocks)",
        "DELETE FROM claim_blocks; DELETE FROM claim_runs; DELETE FROM meta WHERE name = 'claims_to'"}) {
    run_sql(sql);
    open();
    all_are_held();
    merge_all();
    all_are_held();
    EXPECT_GE(number("SELECT sum(size) FROM claim_runs"), 68) << sql;
  }
}

// Of schema 12: an index over all of them, and no runs.
TEST(ClaimSchema, AnOlderJournalKeepsItsKeysAndOrders) {
  TempDir dir;
  const auto file = dir.path() / "gateway.db";
  Records make;
  std::vector<RequestId> ids;
  {
    std::ofstream(file).close();
    auto db = open_journal(file, {});
    ASSERT_TRUE(db && sqlite::migrate(*db, "test", journal_migrations().first(12)));
    auto accept = db->prepare(
        "INSERT INTO accepted(id, request_id, kiosk, operation, accepted_at, deadline_at) "
        "VALUES(?, ?, 'K1', 'payment', 1, 2)");
    auto key = db->prepare("INSERT INTO claims VALUES(?, ?, zeroblob(32))");
    auto order = db->prepare("INSERT INTO order_claims VALUES(?, ?, 0, NULL)");
    ASSERT_TRUE(accept && key && order);
    for (std::uint64_t n = 0; n < 300; ++n) {
      ids.push_back(make.id());
      const Digest digest = digest_of(n);
      const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
      const std::string_view id(reinterpret_cast<const char*>(ids.back().bytes.data()), 16);
      ASSERT_TRUE(accept->run(ids.back().journal_key(), sqlite::Blob{id}));
      ASSERT_TRUE(key->run(ids.back().journal_key(), sqlite::Blob{bytes}));
      ASSERT_TRUE(order->run(ids.back().journal_key(), sqlite::Blob{bytes}));
    }
  }
  SqliteJournal::Opening how;
  how.now = wall_from_ms(kStartMs);
  how.run_rows = 4096;
  how.claim_rows = 100;
  auto journal =
      SqliteJournal::open(file, std::make_shared<JournalPlace>(file, [] { return Result<bool>(false); }), how);
  ASSERT_TRUE(journal) << journal.error().message;
  JournalWork work;
  for (std::uint64_t n = 0; n < 600; ++n) {
    AcceptedRecord record = Records::accepted(make.id());
    Order asked = *record.order;
    if (n < 300) asked.claim = KeyClaim{digest_of(n), Digest{}};
    else asked.order_claim = digest_of(n - 300);
    record.order = share(std::move(asked));
    work.records.emplace_back(std::move(record));
  }
  const auto taken = journal->write(work, Instant{});
  ASSERT_TRUE(taken);
  ASSERT_EQ(taken->size(), 600U);
  for (std::size_t n = 0; n < 600; ++n) {
    EXPECT_EQ((*taken)[n].verdict.claim, n < 300 ? Claim::taken : Claim::order_open);
    EXPECT_EQ((*taken)[n].verdict.holder, ids[n % 300]);
  }
}

// Keys of which somebody has made up the digests, as far as he can: they stand together, and are told apart.
enum class Kind : std::uint8_t { any, one_place, one_prefix };

class ClaimModel : public ClaimRuns, public ::testing::WithParamInterface<Kind> {
 protected:
  Digest fresh() {
    Digest digest{};
    random.fill(digest);
    const std::size_t alike = GetParam() == Kind::any ? 0 : GetParam() == Kind::one_place ? 5 : 8;
    std::fill_n(digest.begin(), alike, std::uint8_t{7});
    known.push_back(digest);
    return digest;
  }
  struct Held {
    RequestId id;
    std::optional<WallTime> answered;
  };
  void accept(std::vector<Record>& records) {
    const bool anew = known.empty() || random.chance(0.7);
    const Digest key = anew ? fresh() : known[random.below(known.size())];
    RequestId id = make.id(now);
    if (random.chance(0.05)) std::swap(id, spare);  // one that was made long before
    if (const auto [at, is_new] = held.try_emplace(key, Held{id, {}}); !is_new)
      expected.push_back(at->second.id);
    records.emplace_back(keyed(id, key));
  }
  void end(std::vector<Record>& records) {
    if (held.empty()) return;
    const auto at = std::next(held.begin(), static_cast<std::ptrdiff_t>(random.below(held.size())));
    if (at->second.answered) return;
    if (random.chance(0.3)) {
      records.emplace_back(rejected(at->second.id, at->first));
      held.erase(at);
      return;
    }
    AnsweredRecord answered = Records::answered(at->second.id);
    answered.answered_at = now;
    at->second.answered = now;
    records.emplace_back(std::move(answered));
  }
  void turn() {
    now += Milliseconds(static_cast<std::int64_t>(random.below(60'000)));
    std::vector<Record> records;
    expected.clear();
    for (std::uint64_t n = 1 + random.below(10); n > 0; --n)
      random.chance(0.6) ? accept(records) : end(records);
    const auto taken = write(std::move(records));
    ASSERT_EQ(taken.size(), expected.size());
    for (std::size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i].verdict.holder, expected[i]);
    for (std::uint64_t n = random.below(4); n > 0; --n) step(1 + random.below(3));
    if (random.chance(0.03)) random.chance(0.5) ? kill_and_open() : open();
    if (random.chance(0.1)) forget();
  }
  void forget() {
    sweep(1h);
    std::erase_if(held,
                  [this](const auto& one) { return one.second.answered && *one.second.answered < now - 1h; });
  }
  void check() {
    for (const Digest& key : known) {
      const auto at = held.find(key);
      ASSERT_EQ(holder(key), at == held.end() ? std::nullopt : std::optional(at->second.id));
    }
  }
  SeededRandom random{23};
  std::vector<Digest> known;
  std::map<Digest, Held> held;
  std::vector<RequestId> expected;
  RequestId spare = make.id(now);
};

TEST_P(ClaimModel, EachKeyHasTheOneWhoClaimedIt) {
  for (int turns = 0; turns < 400; ++turns) {
    turn();
    if (HasFatalFailure()) return;
    if (turns % 25 == 0) check();
  }
  check();
  merge_all();
  check();
  EXPECT_LE(number("SELECT count(*) FROM claim_runs"), 30);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ClaimModel, ::testing::Values(Kind::any, Kind::one_place, Kind::one_prefix));

TEST(ClaimBlock, AllEntriesOfOnePlaceAreInOneBlock) {
  ClaimBlock block;
  for (std::int64_t id = 1; id <= 400; ++id) {
    const ClaimEntry entry{0xABCD'0000'0000'0000U + static_cast<std::uint64_t>(id), id};
    EXPECT_FALSE(block.ends_before(entry));
    block.add(entry);
  }
  EXPECT_TRUE(block.ends_before({0xABCD'0000'0100'0000U, 500}));
  const ClaimBlockView view(block.bytes());
  ASSERT_TRUE(view.whole());
  EXPECT_EQ(view.size(), 400U);
  std::vector<std::int64_t> found;
  view.add_ids(0xABCD'0000'0000'0000U + 252, found);
  EXPECT_EQ(found, std::vector<std::int64_t>{252});
  view.add_ids(0xABCD'0000'0000'0000U, found);
  EXPECT_EQ(found.size(), 1U);
  for (std::size_t size = 0; size < 33; ++size)
    EXPECT_EQ(ClaimBlockView(std::string_view(block.bytes()).substr(0, size)).whole(),
              size == 16 || size == 32);
  // On disk for years.
  EXPECT_EQ(claim_place(3, prefix_of(Digest{1, 2, 3, 4, 5, 6, 7, 8})), 0x0000'0301'0203'0405);
}

TEST(ClaimFilter, MissesNothingAndIsSeldomWrong) {
  constexpr std::uint64_t kMany = 20'000;
  ClaimFilter filter(kMany);
  for (std::uint64_t n = 0; n < kMany; ++n) filter.add(prefix_of(digest_of(n)));
  std::size_t wrong = 0;
  for (std::uint64_t n = 0; n < kMany; ++n) {
    ASSERT_TRUE(filter.may_have(prefix_of(digest_of(n))));
    wrong += filter.may_have(prefix_of(digest_of(n + kMany))) ? 1 : 0;
  }
  EXPECT_LT(wrong, kMany / 50);
  EXPECT_TRUE(ClaimFilter().may_have(7)) << "none leaves everything open";
}

}  // namespace
}  // namespace kgw::testing
