// The journal's files go, come back, are cut or damaged: under a gateway that runs, and between two.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "embedded_store_rig.hpp"
#include "store_sqlite/log_check.hpp"

namespace kgw::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(EmbeddedStoreTest, ADirectoryThatIsMovedStopsTheStoreUntilItIsBack) {
  start();
  const RequestId before = make.id();
  life->write({Records::accepted(before)});
  fs::rename(settings.data_dir, dir.path() / "away");
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_NE(life->failures[0].find("gateway.db is gone"), std::string::npos) << life->failures[0];
  EXPECT_NE(life->store->trouble().find("put it back"), std::string::npos);
  EXPECT_FALSE(life->store->accepts());
  EXPECT_FALSE(life->find(before)) << "nor is it read";
  fs::rename(dir.path() / "away", settings.data_dir);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_EQ(life->get(before).order.kiosk_id, "K1");
  const RequestId after = make.id();
  life->write({Records::accepted(after)});
  start();
  EXPECT_EQ(open_ids(), (std::vector{before, after}));
}

// Nothing is acknowledged that would be gone: the commit itself looks, no pause of the writer is needed.
TEST_F(EmbeddedStoreTest, WhatIsCommittedIntoFilesThatHaveGoneIsNotAcknowledged) {
  start();
  life->write({Records::accepted(make.id())});
  fs::remove_all(settings.data_dir);
  clock.pass(1s);
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_EQ(life->acked, 1u);
  fs::create_directory(settings.data_dir);
  clock.pass(1s);
  std::ofstream(settings.data_dir / "gateway.db").flush();
  EXPECT_FALSE(life->find(make.id()));
  EXPECT_EQ(life->recoveries, 0) << "an empty directory is not the journal";
}

TEST_F(EmbeddedStoreTest, ALogThatIsRemovedLosesNothing) {
  start();
  std::vector<RequestId> ids{make.id(), make.id()};
  life->write({Records::accepted(ids[0])});
  life->get(ids[0]);  // the reader has the same log open
  fs::remove(settings.data_dir / "gateway.db-wal");
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  EXPECT_NE(life->failures[0].find("gateway.db-wal is gone"), std::string::npos) << life->failures[0];
  life->write({Records::accepted(ids[1])});
  for (const RequestId& id : ids) EXPECT_EQ(life->get(id).id, id);
  kill_and_start();
  EXPECT_EQ(open_ids(), ids);
}

TEST_F(EmbeddedStoreTest, ACopyInTheJournalsPlaceCountsWhenItLacksNothing) {
  start();
  std::vector<RequestId> ids{make.id(), make.id()};
  life->write({Records::accepted(ids[0])});
  fs::copy(settings.data_dir, dir.path() / "older");
  life->write({Records::accepted(ids[1])});
  fs::rename(settings.data_dir, dir.path() / "away");
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  fs::rename(dir.path() / "older", settings.data_dir);
  ASSERT_TRUE(life->until([&] {
    return !life->notes.empty() && life->notes.back().second.find("part of it is missing") != std::string::npos;
  }));
  EXPECT_EQ(life->recoveries, 0);
  fs::remove_all(settings.data_dir);
  fs::copy(dir.path() / "away", settings.data_dir);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  for (const RequestId& id : ids) EXPECT_EQ(life->get(id).id, id);
}

TEST_F(EmbeddedStoreTest, ALockThatIsRemovedIsTakenAnew) {
  start();
  fs::remove(settings.data_dir / "lock");
  ASSERT_TRUE(life->until([&] { return !life->notes.empty(); }));
  EXPECT_EQ(life->notes[0].first, "store_mended");
  EXPECT_TRUE(life->failures.empty());
  const Life second(true, settings);
  EXPECT_NE(second.error.find("pid " + std::to_string(::getpid())), std::string::npos) << second.error;
}

TEST_F(EmbeddedStoreTest, AnEmptyJournalBesideAKeyIsNotANewGateway) {
  start();
  life->write({Records::accepted(make.id())});
  life.reset();
  std::ofstream(settings.data_dir / "admin.key") << "kgw_x";
  const fs::path journal = settings.data_dir / "gateway.db";
  fs::resize_file(journal, 0);
  EXPECT_NE(start_error().find("gateway.db is empty, but "), std::string::npos) << life->error;
  fs::remove(journal);
  EXPECT_NE(start_error().find("gateway.db is missing, but "), std::string::npos) << life->error;
  EXPECT_FALSE(fs::exists(journal));
  fs::rename(settings.data_dir / "admin.key", settings.data_dir / "jwt.secret");
  EXPECT_NE(start_error().find("restore FILE"), std::string::npos) << life->error;
  std::ofstream(settings.data_dir / "start.anyway").flush();
  start();
  EXPECT_FALSE(fs::exists(settings.data_dir / "start.anyway")) << "once";
  fs::remove(settings.data_dir / "jwt.secret");
  life.reset();
  fs::remove(journal);
  start();
}

TEST_F(EmbeddedStoreTest, ALogThatACrashLeftIsMissed) {
  start();
  const RequestId id = make.id();
  life->write({Records::accepted(id)});
  const fs::path copy = dir.path() / "crashed";
  fs::copy(settings.data_dir, copy);
  life.reset();
  settings.data_dir = copy;
  const fs::path log = copy / "gateway.db-wal";
  const auto whole = fs::file_size(log);
  fs::rename(log, dir.path() / "log");
  EXPECT_NE(start_error().find("gateway.db-wal, is missing or empty"), std::string::npos) << life->error;
  EXPECT_FALSE(fs::exists(log)) << "a look changes nothing";
  std::ofstream(log).flush();
  EXPECT_NE(start_error().find("Put it back"), std::string::npos) << life->error;
  fs::rename(dir.path() / "log", log);
  EXPECT_EQ(fs::file_size(log), whole);
  start();
  EXPECT_EQ(open_ids(), std::vector{id});
  life.reset();
  start();  // after an end in order there is no log
}

TEST_F(EmbeddedStoreTest, WhatStandsBehindALogsEndFromBeforeIsNoDamage) {
  start();
  life->write({Records::accepted(make.id(), false, std::string(60'000, 'x'))});
  kill_and_start();  // the log is begun anew, over the old one
  const RequestId id = make.id();
  life->write({Records::accepted(id)});
  kill_and_start();
  EXPECT_EQ(life->get(id).id, id);
}

class DamagedLogTest : public EmbeddedStoreTest {
 protected:
  static constexpr std::size_t kFrame = 24 + 4096;

  // Some commits, the last ones of which are in the log alone; then what a kill leaves of it.
  void write_and_kill() {
    start();
    for (int i = 0; i < 30; ++i) ids.push_back(write_one("{}"));
    ids.push_back(write_one('"' + std::string(20'000, 'x') + '"'));  // several frames
    const fs::path copy = dir.path() / "killed";
    fs::copy(settings.data_dir, copy);
    life.reset();
    settings.data_dir = copy;
    count_frames();
    ASSERT_GT(frames, 25U);
  }
  RequestId write_one(const std::string& body) {
    const RequestId id = make.id();
    life->write({Records::accepted(id, true, body)});
    return id;
  }
  fs::path log() const { return settings.data_dir / "gateway.db-wal"; }
  // Those of this life, which bear the header's salts.
  void count_frames() {
    std::ifstream file(log(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const std::string salts = bytes.substr(16, 8);
    for (std::size_t at = 32; at + kFrame <= bytes.size() && bytes.compare(at + 8, 8, salts) == 0; at += kFrame)
      ++frames;
  }
  // `frame` counts from 1, or from the last one backwards: -1.
  void flip(std::int64_t frame, std::size_t byte) {
    const std::size_t number =
        frame > 0 ? static_cast<std::size_t>(frame - 1) : frames - static_cast<std::size_t>(-frame);
    flip_at(32 + number * kFrame + byte);
  }
  void flip_at(std::size_t at) {
    std::fstream file(log(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    ASSERT_TRUE(file.flush());
  }
  std::vector<RequestId> ids;
  std::size_t frames = 0;
};

TEST_F(DamagedLogTest, AFlippedBitStopsTheStart) {
  write_and_kill();
  for (const std::size_t byte : {std::size_t{24 + 100}, std::size_t{5}, std::size_t{9}, std::size_t{17}}) {
    flip(10, byte);
    EXPECT_NE(start_error().find("gateway.db-wal is damaged: frame 10 is damaged"), std::string::npos)
        << byte << ": " << life->error;
    EXPECT_NE(life->error.find("start.anyway"), std::string::npos) << life->error;
    ++settings.boot;
    EXPECT_NE(start_error().find("frame 10 "), std::string::npos) << "after a power cut too: others follow it";
    --settings.boot;
    flip(10, byte);
  }
  start();
  EXPECT_EQ(open_ids(), ids) << "the looks changed nothing";
}

TEST_F(DamagedLogTest, ItsHeaderToo) {
  write_and_kill();
  for (std::size_t byte = 0; byte < 32; ++byte) {
    flip_at(byte);
    EXPECT_NE(start_error().find("its header is damaged"), std::string::npos) << byte << life->error;
    flip_at(byte);
  }
  start();
  EXPECT_EQ(open_ids(), ids);
}

TEST_F(DamagedLogTest, TheLastCommitsEndIsTornByAPowerCutAndNotByAKill) {
  write_and_kill();
  flip(-4, 24 + 100);
  EXPECT_NE(start_error().find("is damaged"), std::string::npos) << life->error;
  ++settings.boot;
  start();
  ASSERT_EQ(open_ids().size(), ids.size() - 1) << "for all that anyone can see, nobody was told of it";
}

// What a commit was writing when the power failed: any part of it, in any order.
TEST_F(DamagedLogTest, WhatAPowerCutTearsIsNoDamage) {
  start();
  for (int i = 0; i < 5; ++i) write_one("{}");
  vfs.hold_syncs();
  for (int i = 0; i < 3; ++i)
    life->store->append(Records::accepted(make.id(), true, '"' + std::string(6'000, 'x') + '"'));
  life->store->commit();
  vfs.wait_for_held_sync();
  SeededRandom random(1);
  const fs::path image = dir.path() / "image";
  fs::create_directory(image);
  int torn = 0;
  for (int cut = 0; cut < 500; ++cut) {
    vfs.crash_image(settings.data_dir, image, 0.5, random);
    EXPECT_EQ(find_log_damage(image / "gateway.db-wal", false), "") << "cut " << cut;
    torn += find_log_damage(image / "gateway.db-wal", true).empty() ? 0 : 1;
  }
  EXPECT_GT(torn, 0) << "nothing was torn: this shows nothing";
  vfs.release_syncs();
}

TEST_F(DamagedLogTest, WhoGoesOnAnywayKeepsItAndIsSureOfNothing) {
  write_and_kill();
  flip(-20, 24 + 100);
  const auto size = fs::file_size(log());
  std::ofstream(settings.data_dir / "start.anyway").flush();
  clock.pass(1s);
  start();
  ASSERT_FALSE(life->notes.empty());
  EXPECT_EQ(life->notes[0].first, "journal_log_is_damaged");
  EXPECT_LT(open_ids().size(), ids.size());
  std::uintmax_t kept = 0;
  for (const auto& entry : fs::directory_iterator(settings.data_dir))
    if (entry.path().filename().string().starts_with("gateway.db-wal.damaged-")) kept = entry.file_size();
  EXPECT_EQ(kept, size);
  EXPECT_TRUE(life->store->may_be_forgotten(ids.back())) << "it was accepted";
  life.reset();
  start();
  EXPECT_TRUE(life->store->may_be_forgotten(ids.back())) << "and still was";
}

TEST_F(EmbeddedStoreTest, DamageIsFoundAtTheStart) {
  start();
  for (int i = 0; i < 50; ++i) life->write({Records::accepted(make.id())});
  life.reset();
  std::fstream file(settings.data_dir / "gateway.db", std::ios::in | std::ios::out | std::ios::binary);
  const auto pages = fs::file_size(settings.data_dir / "gateway.db") / 4096;
  for (std::uintmax_t page = 2; page < pages; ++page) {
    file.seekp(static_cast<std::streamoff>(page * 4096 + 3));
    file.put('\x7f');  // more cells than fit
  }
  file.close();
  EXPECT_NE(start_error().find("is damaged"), std::string::npos) << life->error;
  EXPECT_NE(life->error.find("restore"), std::string::npos) << life->error;
}

TEST_F(EmbeddedStoreTest, DamageInALargeJournalIsFoundAfterTheStart) {
  start();
  ASSERT_TRUE(life->write_registry({AuditRecord{}}));
  life.reset();
  const std::int64_t root = number("SELECT rootpage FROM sqlite_master WHERE name = 'audit_target'");
  settings.look_through_bytes = 0;
  start();  // a sound one
  life->write({Records::accepted(make.id())});
  life.reset();
  std::fstream file(settings.data_dir / "gateway.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp((root - 1) * 4096 + 3);
  file.put('\x7f');
  file.close();
  start();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty(); }));
  EXPECT_NE(life->failures[0].find("is damaged"), std::string::npos) << life->failures[0];
  EXPECT_NE(life->store->trouble().find("restore a backup"), std::string::npos);
  life.reset();
  std::ofstream(settings.data_dir / "start.anyway").flush();
  start();
  life->write({Records::accepted(make.id())});
}

TEST_F(EmbeddedStoreTest, NoOtherProcessOpensItAndThereIsNoSharedIndex) {
  settings.vfs = {};
  start();
  life->write({Records::accepted(make.id())});
  EXPECT_FALSE(fs::exists(settings.data_dir / "gateway.db-shm"));
  // What another process would meet: the bytes that a reader locks are held for writing.
  const int fd = ::open((settings.data_dir / "gateway.db").c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_start = 0x40000002;
  lock.l_len = 510;
  ASSERT_EQ(::fcntl(fd, F_OFD_GETLK, &lock), 0);
  EXPECT_EQ(lock.l_type, F_WRLCK);
  life.reset();
  ::close(fd);  // not before: with it goes every lock that this process has on the file
}

// ---------------------------------------------------------------- copies

TEST_F(EmbeddedStoreTest, ACopyHasWhatWasToldWhileItWasMade) {
  start();
  std::vector<RequestId> ids;
  const auto add = [&] {
    ids.push_back(make.id());
    life->write({Records::accepted(ids.back(), false, std::string(20'000, 'x'))});
  };
  for (int i = 0; i < 200; ++i) add();
  std::optional<Result<void>> done, second;
  life->store->back_up(settings.data_dir / "backup.part.1", [&](const Result<void>& how) { done = how; });
  life->store->back_up(settings.data_dir / "backup.part.2", [&](const Result<void>& how) { second = how; });
  while (!done && ids.size() < 5000) {
    clock.pass(5ms);
    add();
    life->store->poll();
  }
  ASSERT_TRUE(done && *done);
  ASSERT_TRUE(life->until([&] { return second.has_value(); }));
  EXPECT_EQ(second->error().code, ErrorCode::overloaded);
  const fs::path copy = settings.data_dir / "backup.part.1";
  struct stat about {};
  ASSERT_EQ(::stat(copy.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  auto db = sqlite::Database::open(copy);
  EXPECT_EQ(*db->find_damage(true), "");
  EXPECT_GE(**db->integer("SELECT count(*) FROM accepted"), static_cast<std::int64_t>(ids.size()) - 1);
  EXPECT_GT(ids.size(), 201U) << "payments went on";
  db = sqlite::Database();

  std::optional<Result<void>> third;
  life->store->back_up(settings.data_dir / "backup.part.3", [&](const Result<void>& how) { third = how; });
  ASSERT_TRUE(life->until([&] { return third.has_value(); }));
  EXPECT_TRUE(*third);
  EXPECT_FALSE(fs::exists(copy)) << "what nobody took is not kept";
  start();
  EXPECT_FALSE(fs::exists(settings.data_dir / "backup.part.3"));
}

TEST_F(EmbeddedStoreTest, ACopyEndsWithTheStore) {
  start();
  for (int i = 0; i < 100; ++i) life->write({Records::accepted(make.id(), false, std::string(20'000, 'x'))});
  std::optional<Result<void>> done;
  life->store->back_up(settings.data_dir / "backup.part.1", [&](const Result<void>& how) { done = how; });
  vfs.fail_syncs(SQLITE_IOERR_FSYNC);
  life->store->append(Records::accepted(make.id()));
  life->store->commit();
  ASSERT_TRUE(life->until([&] { return !life->failures.empty() && done.has_value(); }));
  vfs.fail_syncs(0);
  ASSERT_TRUE(life->until([&] { return life->recoveries == 1; }));
  done.reset();
  life->store->back_up(settings.data_dir / "backup.part.2", [&](const Result<void>& how) { done = how; });
  ASSERT_TRUE(life->until([&] { return done.has_value(); }));
  EXPECT_TRUE(*done) << done->error().message;
  done.reset();
  life->store->back_up(settings.data_dir / "no" / "where", [&](const Result<void>& how) { done = how; });
  ASSERT_TRUE(life->until([&] { return done.has_value(); }));
  EXPECT_FALSE(*done);
  EXPECT_EQ(life->failures.size(), 1U) << "a copy that fails is no failure of the store";
  life->store->close();
  done.reset();
  life->store->back_up(settings.data_dir / "backup.part.4", [&](const Result<void>& how) { done = how; });
  life->store->poll();
  EXPECT_TRUE(done && !*done);
}

}  // namespace
}  // namespace kgw::testing
