#include "upkeep/backup.hpp"

#include <optional>
#include <sstream>

#include "../agent/fake_server.hpp"
#include "cli/admin_api.hpp"
#include "state_rig.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::StateTest {
 protected:
  // "" or why not.
  std::string backup(const fs::path& to) {
    return why_not([&] { back_up(data, to, AdminApi(gateway, "key"), now, out); });
  }
  std::string restored(const fs::path& from, const fs::path& into, bool force = false) {
    return why_not([&] { restore(from, into, force, now, out); });
  }
  std::ostringstream out;
  std::string gateway = "http://127.0.0.1:1";

 private:
  template <class F>
  std::string why_not(F action) {
    try {
      out.str("");
      action();
    } catch (const CommandFailed& failed) {
      return failed.what();
    }
    return {};
  }
};

TEST_F(BackupTest, OneFileHoldsItAllAndComesBack) {
  make_state("one");
  const fs::path file = dir / "backup";
  ASSERT_EQ(backup(file), "");
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(names_in(dir), (std::set<std::string>{"backup", "data"})) << "nothing unfinished is left";
  EXPECT_NE(out.str().find("kiosks: 1, requests: 1"), std::string::npos) << out.str();
  EXPECT_EQ(out.str().find("secret_"), std::string::npos);

  const fs::path elsewhere = dir / "new" / "data";
  ASSERT_EQ(restored(file, elsewhere), "");
  EXPECT_NE(out.str().find("made 2026-"), std::string::npos) << out.str();
  EXPECT_EQ(names_in(elsewhere), (std::set<std::string>{"admin.key", "gateway.db", "jwt.secret", "lock"}));
  for (const char* name : {"admin.key", "gateway.db", "jwt.secret"})
    EXPECT_EQ(mode_of(elsewhere / name), 0600U) << name;
  EXPECT_EQ(read(elsewhere / "admin.key"), "kgw_one\n");
  EXPECT_EQ(read(elsewhere / "jwt.secret"), "secret_one\n");
  EXPECT_EQ(kiosk_in(elsewhere / "gateway.db"), "one");
  EXPECT_EQ(read(elsewhere / "gateway.db").find("secret_one"), std::string::npos)
      << "the secrets stay out of the journal";
  EXPECT_TRUE(DataDir::open(elsewhere));
  data = elsewhere;
  EXPECT_EQ(backup(dir / "again"), "");
}

// As a crash leaves it.
TEST_F(BackupTest, WhatIsOnlyInTheLogIsInIt) {
  make_state("one");
  {
    auto writer = open_journal(data / "gateway.db", {});
    ASSERT_TRUE(writer && writer->exec("UPDATE kiosks SET id = 'two'"));
  }
  ASSERT_GT(fs::file_size(data / "gateway.db-wal"), 0U);
  ASSERT_EQ(backup(dir / "backup"), "");
  EXPECT_EQ(kiosk_in(dir / "backup"), "two");
}

// What a gateway that runs would do: it leaves a copy in its DATA_DIR and says its name.
TEST_F(BackupTest, AGatewayThatRunsMakesTheCopy) {
  make_state("one");
  const auto held = DataDir::open(data);
  ASSERT_TRUE(held);
  EXPECT_NE(backup(dir / "backup").find("is made through it"), std::string::npos) << "and none answers";
  FakeServer server;
  gateway = server.url("");
  server.answer_with({.status = 503, .body = R"({"error":"overloaded","message":"A backup is being made"})"});
  EXPECT_NE(backup(dir / "backup").find("A backup is being made"), std::string::npos);
  for (const char* const name : {"backup.part.12", "jwt.secret", "../data/backup.part.1"}) {
    server.answer_with({.body = R"({"file":")" + std::string(name) + R"(","bytes":1})"});
    EXPECT_NE(backup(dir / "backup").find("GATEWAY_URL and DATA_DIR must"), std::string::npos) << name;
  }
  EXPECT_EQ(names_in(dir), (std::set<std::string>{"data"}));
  fs::copy_file(data / "gateway.db", data / "backup.part.12");
  server.answer_with({.body = R"({"file":"backup.part.12","bytes":1})"});
  ASSERT_EQ(backup(dir / "backup"), "");
  EXPECT_EQ(kiosk_in(dir / "backup"), "one");
  EXPECT_EQ(names_in(dir), (std::set<std::string>{"backup", "data"}));
  EXPECT_FALSE(fs::exists(data / "backup.part.12"));
  ASSERT_EQ(restored(dir / "backup", dir / "new"), "");
}

TEST_F(BackupTest, WhatAKilledOneLeftIsRemovedByTheNext) {
  make_state("one");
  ASSERT_EQ(backup(dir / "whole"), "");
  const std::string gone = ".part.2000000000";  // more than the system gives
  fs::copy_file(dir / "whole", dir / ("monday" + gone));
  write(dir / ("monday" + gone + "-journal"), "half");
  write(dir / ("tuesday" + gone), "");
  write(dir / ("film" + gone), "not a database");
  fs::copy_file(dir / "whole", dir / "wednesday.part.1");  // somebody's who runs
  fs::copy_file(dir / "whole", dir / ("shared" + gone));
  ::chmod((dir / ("shared" + gone)).c_str(), 0644);
  ASSERT_EQ(backup(dir / "next"), "");
  EXPECT_EQ(names_in(dir), (std::set<std::string>{"data", "film" + gone, "next", "shared" + gone,
                                                  "wednesday.part.1", "whole"}));
}

TEST_F(BackupTest, SecretsFromSettingsAreSaidToBeMissing) {
  make_state("one");
  fs::remove(data / "jwt.secret");
  ASSERT_EQ(backup(dir / "backup"), "");
  EXPECT_NE(out.str().find("JWT_SECRET"), std::string::npos) << out.str();
  ASSERT_EQ(restored(dir / "backup", dir / "new"), "");
  EXPECT_NE(out.str().find("JWT_SECRET"), std::string::npos) << out.str();
  EXPECT_FALSE(fs::exists(dir / "new" / "jwt.secret"));
}

TEST_F(BackupTest, WhatCanNotBeBackedUp) {
  EXPECT_NE(backup(dir / "backup").find("set DATA_DIR to"), std::string::npos);
  make_state("one");
  write(dir / "taken", "mine");
  EXPECT_NE(backup(dir / "taken").find("already exists"), std::string::npos);
  EXPECT_EQ(read(dir / "taken"), "mine");
  EXPECT_NE(backup(dir / "no" / "such" / "directory"), "");
  write(data / DataDir::kRestoring, "");
  EXPECT_NE(backup(dir / "backup").find("interrupted"), std::string::npos);
  fs::remove(data / DataDir::kRestoring);
  write(data / "gateway.db", std::string(8192, 'x'));
  EXPECT_NE(backup(dir / "backup").find("damaged"), std::string::npos);
  EXPECT_EQ(names_in(dir), (std::set<std::string>{"data", "taken"}));
}

TEST_F(BackupTest, WhatIsNoSoundBackupTouchesNothing) {
  make_state("one");
  const fs::path file = dir / "backup";
  ASSERT_EQ(backup(file), "");
  const auto refused = [&](const fs::path& bad, const char* why) {
    const auto before = names_in(data);
    const std::string said = restored(bad, data, true);
    EXPECT_NE(said.find(why), std::string::npos) << said;
    EXPECT_EQ(names_in(data), before);
    EXPECT_EQ(kiosk_in(data / "gateway.db"), "one");
  };
  refused(dir / "nothing", "no file");
  write(dir / "text", "hello");
  refused(dir / "text", "damaged or not a gateway database");
  fs::copy_file(data / "gateway.db", dir / "journal");
  refused(dir / "journal", "is not a backup");

  const auto changed = [&](const char* name, const char* sql) {
    fs::copy_file(file, dir / name);
    auto db = sqlite::Database::open(dir / name);
    EXPECT_TRUE(db && db->exec(sql));
    return dir / name;
  };
  refused(changed("newer", "PRAGMA user_version = 99"), "newer than this program");
  refused(changed("format", "UPDATE backup SET value = 2 WHERE name = 'format'"), "newer than this program");
  refused(
      changed("index",
              "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 2 WHERE name = 'answered_id'"),
      "damaged");
  std::string bytes = read(file);
  write(dir / "short", bytes.substr(0, bytes.size() / 2));
  refused(dir / "short", "damaged");
}

TEST_F(BackupTest, AStateThatIsThereStaysUnlessForcedAndIsThenPutAside) {
  make_state("one");
  ASSERT_EQ(backup(dir / "backup"), "");
  fs::remove_all(data);
  make_state("two");
  write(data / "gateway.db-wal", "");
  EXPECT_NE(restored(dir / "backup", data).find("--force"), std::string::npos);
  EXPECT_EQ(kiosk_in(data / "gateway.db"), "two");
  ASSERT_EQ(restored(dir / "backup", data, true), "");
  EXPECT_EQ(kiosk_in(data / "gateway.db"), "one");
  EXPECT_EQ(read(data / "admin.key"), "kgw_one\n");
  EXPECT_FALSE(fs::exists(data / "gateway.db-wal")) << "another journal's log must not lie beside it";
  std::optional<fs::path> aside;
  for (const std::string& name : names_in(data))
    if (name.starts_with("replaced-20261")) aside = data / name;
  ASSERT_TRUE(aside) << out.str();
  EXPECT_NE(out.str().find(aside->string()), std::string::npos);
  EXPECT_EQ(kiosk_in(*aside / "gateway.db"), "two");
  EXPECT_EQ(read(*aside / "jwt.secret"), "secret_two\n");
  ASSERT_EQ(restored(dir / "backup", data, true), "") << "a second time in the same second";
}

TEST_F(BackupTest, NotUnderAGatewayThatRuns) {
  make_state("one");
  ASSERT_EQ(backup(dir / "backup"), "");
  const auto held = DataDir::open(data);
  ASSERT_TRUE(held);
  EXPECT_EQ(DataDir::holder(data), std::to_string(::getpid()));
  EXPECT_NE(restored(dir / "backup", data, true).find("is in use by the process with pid"), std::string::npos);
}

TEST_F(BackupTest, AnInterruptedRestoreStopsTheStartAndCanBeRepeated) {
  make_state("one");
  ASSERT_EQ(backup(dir / "backup"), "");
  // As a power cut in the middle leaves it: one file is new, the journal has gone aside.
  fs::rename(data / "gateway.db", dir / "aside");
  write(data / DataDir::kRestoring, "");
  write(data / "gateway.db.restored", "half a file");
  const auto start = DataDir::open(data);
  ASSERT_FALSE(start);
  EXPECT_NE(start.error().message.find("kiosk-gateway restore FILE"), std::string::npos)
      << start.error().message;
  EXPECT_FALSE(fs::exists(data / "gateway.db")) << "no fresh journal in the place of the lost one";
  ASSERT_EQ(restored(dir / "backup", data), "");
  EXPECT_EQ(kiosk_in(data / "gateway.db"), "one");
  EXPECT_TRUE(DataDir::open(data));
  EXPECT_EQ(DataDir::holder(data), "");
}

}  // namespace
}  // namespace kgw
