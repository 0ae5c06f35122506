// The journal on disk: restarts, crashes, a disk that fails.
#include "embedded_store_rig.hpp"
#include "sqlite/migrations.hpp"
#include "store_sqlite/journal_reader.hpp"
#include "store_sqlite/journal_schema.hpp"

namespace kgw::testing {
namespace {

TEST_F(EmbeddedStoreTest, FilesAreForTheOwnerOnly) {
  start();
  life->write({Records::accepted(make.id())});
  const auto mode = [this](const std::filesystem::path& name) {
    struct stat s {};
    EXPECT_EQ(::stat((settings.data_dir / name).c_str(), &s), 0) << name;
    return s.st_mode & 0777u;
  };
  EXPECT_EQ(mode(""), 0700u);
  for (const char* name : {"lock", "gateway.db", "gateway.db-wal"}) EXPECT_EQ(mode(name), 0600u) << name;
}

TEST_F(EmbeddedStoreTest, OneProcessHoldsTheDirectory) {
  start();
  const Life second(true, settings);
  EXPECT_FALSE(second.store);
  EXPECT_NE(second.error.find("pid " + std::to_string(::getpid())), std::string::npos) << second.error;
  life->store->close();
  life.reset();
  start();
}

TEST_F(EmbeddedStoreTest, StartErrorsSayWhatToDo) {
  settings.data_dir = dir.path() / "file";
  std::FILE* const file = std::fopen(settings.data_dir.c_str(), "w");
  std::fputs("x", file);
  std::fclose(file);
  EXPECT_NE(start_error().find("Not a directory"), std::string::npos) << life->error;
  settings.data_dir = "/proc/self/kgw";
  EXPECT_NE(start_error().find("/proc/self/kgw"), std::string::npos);
  settings.data_dir = dir.path() / "data";

  vfs.fail_writes(SQLITE_FULL);
  EXPECT_NE(start_error().find("is full: free some space"), std::string::npos) << life->error;
  vfs.fail_writes(0);
  start();
  vfs.fail_writes(SQLITE_READONLY);
  EXPECT_NE(start_error().find("can't be written"), std::string::npos) << life->error;
  vfs.fail_writes(0);
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  EXPECT_NE(start_error().find("reports an error"), std::string::npos) << life->error;
  vfs.fail_syncs(0);
  start();
}

TEST_F(EmbeddedStoreTest, ADamagedFileStopsTheStart) {
  std::filesystem::create_directory(settings.data_dir);
  std::FILE* const file = std::fopen((settings.data_dir / "gateway.db").c_str(), "w");
  for (int i = 0; i < 2000; ++i) std::fputs("this is no database ", file);
  std::fclose(file);
  EXPECT_NE(start_error().find("is damaged"), std::string::npos) << life->error;
}

TEST_F(EmbeddedStoreTest, ANewerSchemaStopsTheStart) {
  start();
  life.reset();
  {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    ASSERT_TRUE(db && db->exec("PRAGMA user_version = 77"));
  }
  const std::string error = start_error();
  EXPECT_NE(error.find("version 77"), std::string::npos) << error;
  EXPECT_NE(error.find("version " + std::to_string(journal_migrations().size())), std::string::npos) << error;
}

// What an older program wrote is read as it was meant.
TEST_F(EmbeddedStoreTest, TheFirstSchemaIsBroughtUpToDate) {
  std::filesystem::create_directory(settings.data_dir);
  const RequestId id = make.id();
  {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    ASSERT_TRUE(db && sqlite::migrate(*db, "test", journal_migrations().first(1)));
    auto insert = db->prepare(
        "INSERT INTO accepted VALUES(?, ?, 'K1', 'payment', NULL, 1750000000000, 1750000030000, 5, "
        "'{\"request_id\":\"1\",\"headers\":{},\"body\":[1]}')");
    ASSERT_TRUE(insert);
    const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    ASSERT_TRUE(insert->run(id.journal_key(), sqlite::Blob{bytes}));
    ASSERT_TRUE(db->exec("INSERT INTO kiosks VALUES('K1', 'Left', 1, 0, zeroblob(32), 1, 2)"));
  }
  // Answered, and answered with what is no JSON, by a program that kept no result.
  const RequestId answered = make.id(), broken = make.id();
  {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    auto accept = db->prepare("INSERT INTO accepted VALUES(?, ?, 'K1', 'payment', NULL, 1, 2, 5, '{}')");
    auto answer = db->prepare(
        "INSERT INTO answered(id, answered_at, late, valid, outcome, response) VALUES(?, 3, 0, ?, ?, '{}')");
    ASSERT_TRUE(accept && answer);
    for (const auto& [one, valid] : {std::pair(answered, 1), std::pair(broken, 0)}) {
      const std::string_view bytes(reinterpret_cast<const char*>(one.bytes.data()), one.bytes.size());
      ASSERT_TRUE(accept->run(one.journal_key(), sqlite::Blob{bytes}));
      ASSERT_TRUE(answer->run(one.journal_key(), std::int64_t{valid}, std::int64_t{2 - valid}));
    }
  }
  start();
  EXPECT_EQ(open_ids(), std::vector{id});
  EXPECT_EQ(life->get(id).order.owner, "");
  EXPECT_EQ(view(life->body(id)), "[1]");
  EXPECT_EQ(life->get(answered).result, std::nullopt);
  EXPECT_TRUE(life->get(answered).response_valid);
  EXPECT_EQ(life->get(broken).result, AnswerResult::unknown);
  EXPECT_FALSE(life->get(broken).response_valid);
  ASSERT_EQ(life->image.kiosks.size(), 1u);
  EXPECT_EQ(life->image.kiosks[0].title, "Left");
  EXPECT_FALSE(life->image.kiosks[0].token_issued_at);
  EXPECT_TRUE(life->image.keys.empty());
  KeyRecord key;
  key.id = "k_1";
  ASSERT_TRUE(life->write_registry({key, AuditRecord{}}));
  EXPECT_EQ(life->audit({}).rows.size(), 1u);
}

// A caller who may not see it must not learn of it by the time that "not found" takes, either.
TEST_F(EmbeddedStoreTest, WhoseItIsIsFoundWithoutReadingItsBody) {
  start();
  const auto write = [this](std::size_t bytes) {
    AcceptedRecord record = Records::accepted(make.id(), true, std::string(bytes, 'x'));
    record.order = share(Order{"K1", "payment", "order-7", "shop"});
    life->write({record});
    return record.id;
  };
  const RequestId small = write(10);
  for (int i = 0; i < 100; ++i) write(1000);  // so that the two do not share a page
  const RequestId large = write(1'000'000);
  life.reset();
  const auto reads = [this](const RequestId& id, const std::string& owner) {
    auto reader = JournalReader::open(settings.data_dir / "gateway.db", FaultVfs::kName);
    EXPECT_TRUE(reader);
    const std::uint64_t before = vfs.reads();
    const auto found = reader->visible_exchange(id, {[](const std::string&) { return true; }, owner});
    EXPECT_TRUE(found);
    EXPECT_EQ(found->has_value(), owner == "shop");
    return vfs.reads() - before;
  };
  EXPECT_EQ(reads(large, "another"), reads(small, "another"));
  EXPECT_EQ(reads(large, "shop"), reads(small, "shop"))
      << "who only asks for its state doesn't wait for it, either";
}

TEST_F(EmbeddedStoreTest, AStartFindsWhatIsOpen) {
  start();
  EXPECT_EQ(life->image.last_journal_key, 0);
  const RequestId waiting = make.id(), out = make.id(), answered = make.id(), timed_out = make.id(),
                  rejected = make.id();
  life->write({Records::accepted(waiting, false), Records::accepted(out), Records::accepted(answered),
               Records::accepted(timed_out), Records::accepted(rejected, false), Records::answered(answered),
               Records::ended(timed_out, State::timed_out, ErrorCode::timeout),
               Records::ended(rejected, State::rejected, ErrorCode::draining)});
  for (const bool kill : {true, false, true, false}) {
    if (kill) kill_and_start();
    else life->store->close(), start();
    EXPECT_EQ(open_ids(), (std::vector{waiting, out})) << kill;
    EXPECT_EQ(life->image.open.at(0).state, State::accepted);
    EXPECT_EQ(life->image.open.at(1).state, State::dispatched);
    EXPECT_EQ(life->image.last_journal_key, rejected.journal_key());
  }
  EXPECT_EQ(life->get(answered).state, State::answered);
  EXPECT_EQ(life->get(timed_out).state, State::timed_out);
}

TEST_F(EmbeddedStoreTest, APageThatIsBeingReadCanBeInterrupted) {
  start();
  for (int i = 0; i < 3; ++i) life->write({Records::accepted(make.id())});
  life.reset();
  auto reader = JournalReader::open(settings.data_dir / "gateway.db", {});
  ASSERT_TRUE(reader);
  int looks = 0;
  ExchangesQuery query;
  query.visible = [&](const std::string&) {
    if (++looks == 1) reader->interrupt();
    return true;
  };
  EXPECT_FALSE(reader->exchanges(query));
  EXPECT_EQ(looks, 1);
  EXPECT_TRUE(reader->exchanges({})) << "the next look is its own";
}

// The mark from where a start looks must go down again for a record that comes late, in the same commit.
TEST_F(EmbeddedStoreTest, AnOldRecordWrittenLateIsFound) {
  start();
  const RequestId old = make.id();
  for (int i = 0; i < 3; ++i) {
    const RequestId id = make.id();
    clock.pass(5s);
    life->write({Records::accepted(id), Records::answered(id)});
  }
  kill_and_start();
  EXPECT_TRUE(open_ids().empty());
  life->write({Records::accepted(old)});
  kill_and_start();
  EXPECT_EQ(open_ids(), std::vector{old});
  life->store->close();
  start();
  EXPECT_EQ(open_ids(), std::vector{old});
}

// However soon after the mark was written last.
TEST_F(EmbeddedStoreTest, AnOldRecordWrittenRightBehindTheMarkIsFound) {
  start();
  const RequestId old = make.id(), younger = make.id();
  clock.pass(5s);
  life->write({Records::accepted(younger), Records::answered(younger)});
  life->write({Records::accepted(old)});
  kill_and_start();
  EXPECT_EQ(open_ids(), std::vector{old});
}

TEST_F(EmbeddedStoreTest, TheMarkFollowsWhatIsFinal) {
  start();
  for (int i = 0; i < 5; ++i) {
    const RequestId id = make.id();
    clock.pass(2s);
    life->write({Records::accepted(id)});
    life->write({Records::answered(id)});
  }
  const RequestId open = make.id();
  life->write({Records::accepted(open)});
  const std::int64_t last_final = open.journal_key() - 1;
  kill_and_start();
  EXPECT_EQ(open_ids(), std::vector{open});
  life.reset();
  EXPECT_EQ(number("SELECT value FROM meta WHERE name = 'open_from'"), last_final + 1);
}

TEST_F(EmbeddedStoreTest, KeyOfTheLastRequestSurvivesItsDeletion) {
  settings.retention = 1h;
  start();
  const RequestId id = make.id();
  life->write({Records::accepted(id), Records::answered(id)});
  clock.pass(2h);
  life->sweep(clock);
  EXPECT_FALSE(*life->find(id));
  life->store->close();
  start();
  EXPECT_EQ(life->image.last_journal_key, id.journal_key());
}

// --- group commit and its order

TEST_F(EmbeddedStoreTest, OneCommitTakesAllThatWaits) {
  start();
  vfs.hold_syncs();
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  vfs.wait_for_held_sync();
  for (int i = 0; i < 100; ++i) {
    life->store->append(Records::accepted(make.id()));
    life->store->commit();
  }
  life->store->poll();
  EXPECT_EQ(life->acked, 0u) << "acknowledged before the sync";
  vfs.release_syncs();
  ASSERT_TRUE(life->until([&] { return life->acked == 101; }));
  EXPECT_EQ(life->store->stats().commits, 2u);
  EXPECT_EQ(life->store->stats().records, 101u);
  EXPECT_EQ(life->store->stats().queue_bytes, 0u);
}

TEST_F(EmbeddedStoreTest, TheQueueIsBoundedInBytes) {
  start();
  vfs.hold_syncs();
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  vfs.wait_for_held_sync();
  const SharedBytes big = share(std::string(1 << 20, 'x'));
  std::size_t taken = 0;
  while (life->store->accepts() && taken < 1000) {
    AcceptedRecord record = Records::accepted(make.id());
    record.envelope.text = big;
    life->store->append(std::move(record));
    life->store->commit();
    ++taken;
  }
  EXPECT_LE(taken, limits::kStoreQueueBytesMax >> 20);
  EXPECT_GE(taken, (limits::kStoreQueueBytesMax >> 20) - 2);
  EXPECT_FALSE(life->store->trouble().empty());
  std::optional<Result<void>> kiosks;
  life->store->write_registry({Records::kiosk("a")}, [&](auto result) { kiosks = result; });
  life->store->note_connection({"a", wall_from_ms(1), true, "", ""});
  life->store->poll();
  ASSERT_TRUE(kiosks && !*kiosks);
  EXPECT_EQ(kiosks->error().code, ErrorCode::overloaded);
  EXPECT_EQ(life->store->stats().dropped_connections, 1u);
  vfs.fail_writes(SQLITE_FULL);  // so that the quarter of a gigabyte needn't be written
  vfs.release_syncs();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  vfs.fail_writes(0);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_TRUE(life->store->accepts());
  EXPECT_EQ(life->store->stats().queue_bytes, 0u);
}

// --- a disk that fails

TEST_F(EmbeddedStoreTest, AFailedCommitIsNeverAcknowledged) {
  start();
  const RequestId before = make.id(), failing = make.id(), meanwhile = make.id(), during = make.id();
  life->write({Records::accepted(before)});
  vfs.hold_syncs();
  life->store->append(Records::accepted(failing));
  life->store->commit();
  vfs.wait_for_held_sync();
  life->store->append(Records::accepted(meanwhile));
  life->store->commit();
  std::optional<Result<void>> kiosks;
  life->store->write_registry({Records::kiosk("a")}, [&](auto result) { kiosks = result; });
  life->store->commit();
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  vfs.release_syncs();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_NE(life->failures[0].find("reports an error"), std::string::npos) << life->failures[0];
  EXPECT_FALSE(life->store->accepts());
  EXPECT_FALSE(life->store->trouble().empty());
  EXPECT_EQ(life->store->append(Records::accepted(during)), 4u);
  life->store->commit();
  EXPECT_EQ(life->find(before)->value().id, before) << "reads go on";

  vfs.fail_syncs(0);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1 && kiosks; }));
  EXPECT_FALSE(*kiosks);
  EXPECT_EQ(kiosks->error().code, ErrorCode::store_unavailable);
  EXPECT_TRUE(life->store->accepts());
  EXPECT_EQ(life->store->trouble(), "");
  EXPECT_EQ(life->acked, 1u);
  EXPECT_FALSE(*life->find(meanwhile));
  EXPECT_FALSE(*life->find(during));

  life->write({Records::accepted(during)});
  EXPECT_EQ(life->acked, 5u);
  EXPECT_TRUE(*life->find(during));
  EXPECT_EQ(life->told, (std::vector<std::string>{"committed", "failed", "recovered", "committed"}));
  EXPECT_EQ(life->store->stats().queue_bytes, 0u);
}

// The loop is slow: the outage is over before it looks. What it handed over in between is dropped all the same.
TEST_F(EmbeddedStoreTest, WhatWasHandedOverInAnUnseenOutageIsDropped) {
  start();
  const std::uint64_t synced = vfs.syncs();
  vfs.fail_one_sync(SQLITE_IOERR_FSYNC);
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  vfs.wait_for_syncs(synced + 4);  // the log, the database, the probe's two commits
  const RequestId unseen = make.id(), gathered = make.id(), after = make.id();
  life->store->append(Records::accepted(unseen));
  life->store->commit();
  life->store->append(Records::accepted(gathered));
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->failures.size(), 1u);
  life->write({Records::accepted(after)});
  EXPECT_EQ(life->told, (std::vector<std::string>{"failed", "recovered", "committed"}));
  EXPECT_FALSE(*life->find(unseen));
  EXPECT_FALSE(*life->find(gathered));
  EXPECT_TRUE(*life->find(after));
}

TEST_F(EmbeddedStoreTest, ADiskFullAtRunTimeHeals) {
  start();
  life->write({Records::accepted(make.id())});
  vfs.fail_writes(SQLITE_FULL);
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_NE(life->failures[0].find("is full"), std::string::npos) << life->failures[0];
  vfs.fail_writes(0);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  const RequestId id = make.id();
  life->write({Records::accepted(id)});
  kill_and_start();
  EXPECT_TRUE(*life->find(id));
}

TEST_F(EmbeddedStoreTest, CloseEndsAnOutage) {
  start();
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  life->store->close();
  EXPECT_EQ(life->recoveries, 0);
}

TEST_F(EmbeddedStoreTest, ADiskThatFailsLeavesTheUnjournaledStoreGoing) {
  Life off(false, settings);
  ASSERT_TRUE(off.store) << off.error;
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  EXPECT_FALSE(off.write_registry({Records::kiosk("a")}));
  ASSERT_TRUE(off.until([&] { return !off.store->trouble().empty(); }));
  EXPECT_TRUE(off.store->accepts());
  const RequestId id = make.id();
  off.write({Records::accepted(id), Records::answered(id)});
  EXPECT_EQ(off.get(id).state, State::answered);
  EXPECT_TRUE(off.failures.empty());
  vfs.fail_syncs(0);
  ASSERT_TRUE(off.until([&] { return off.store->trouble().empty(); }));
  EXPECT_TRUE(off.write_registry({Records::kiosk("a")}));
}

// The cache shows the failed commit, and a second sync says that all is well; what comes after must not build
// on it.
TEST_F(EmbeddedStoreTest, WhatAFailedSyncLostIsNotBuiltUpon) {
  start();
  const RequestId before = make.id(), lost = make.id(), after = make.id();
  life->write({Records::accepted(before)});
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  life->store->append(Records::accepted(lost));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  vfs.wait_for_failed_syncs(4);  // the commit's, those of closing and of opening again
  vfs.fail_syncs(0);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  const bool lost_is_shown = life->find(lost)->has_value();
  life->write({Records::accepted(after)});
  SeededRandom random(1);
  lose_power_and_start(0, random);
  EXPECT_TRUE(*life->find(before));
  EXPECT_TRUE(*life->find(after));
  EXPECT_EQ(life->find(lost)->has_value(), lost_is_shown) << "what could be read after the recovery is durable";
}

// A power cut at any moment, with failing syncs among it: what was acknowledged is there, in full.
TEST_F(EmbeddedStoreTest, APowerCutLosesNothingAcknowledged) {
  SeededRandom random(7);
  int outages = 0;
  std::size_t looked_at = 0;
  for (int round = 0; round < 4; ++round) {
    start();
    std::vector<std::pair<RequestId, std::uint64_t>> accepted;
    std::vector<std::pair<RequestId, std::uint64_t>> answered;
    bool outage = false;
    for (int turn = 0; turn < 60; ++turn) {
      if (random.chance(0.05)) vfs.fail_syncs(SQLITE_IOERR_FSYNC), outage = true;
      for (std::uint64_t i = random.below(20); i > 0; --i) {
        const RequestId id = make.id();
        accepted.emplace_back(
            id, life->store->append(Records::accepted(id, true, std::string(random.below(9000), 'b'))));
        if (random.chance(0.5))
          answered.emplace_back(id, life->store->append(Records::answered(id, id.text())));
      }
      life->store->commit();
      const std::uint64_t last = accepted.empty() ? 0 : accepted.back().second;
      if (random.chance(0.5)) {
        ASSERT_TRUE(life->until([&] { return life->acked >= last || !life->failures.empty(); }));
      }
      life->store->poll();
      if (outage && !life->failures.empty()) {
        // As the gateway does: what was not acknowledged is forgotten.
        const auto lost = [this](const auto& entry) { return entry.second > life->acked; };
        std::erase_if(accepted, lost);
        std::erase_if(answered, lost);
        vfs.fail_syncs(0);
        ASSERT_TRUE(life->until([&] { return life->recoveries > 0; }));
        life->failures.clear();
        life->recoveries = 0;
        outage = false;
        ++outages;
      }
    }
    life->store->poll();
    // After an outage that the loop has not seen through, acknowledgements count up to the last before it.
    const std::uint64_t acked = life->acked;
    lose_power_and_start(static_cast<double>(random.below(3)) / 2, random);
    for (const auto& [id, at] : accepted) {
      if (at > acked) continue;
      EXPECT_TRUE(*life->find(id)) << id.text();
      ++looked_at;
    }
    for (const auto& [id, at] : answered) {
      if (at > acked) continue;
      EXPECT_EQ(view(life->get(id).response), id.text());
    }
    life->store->close();
    life.reset();
    EXPECT_EQ(number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check != 'ok'"), 0);
    std::filesystem::remove_all(settings.data_dir);
    vfs.reset();
  }
  EXPECT_GE(outages, 3) << "the test must meet what it is about";
  EXPECT_GE(looked_at, 500u);
}

// --- retention

}  // namespace
}  // namespace kgw::testing
