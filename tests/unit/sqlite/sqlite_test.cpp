#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "sqlite/database.hpp"
#include "sqlite/migrations.hpp"

namespace kgw::sqlite {
namespace {

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() {
    std::string path = (std::filesystem::temp_directory_path() / "kgw-sqlite-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    dir = path;
    auto opened = Database::open(dir / "x.db");
    if (!opened) std::abort();
    db = std::move(*opened);
  }
  ~SqliteTest() override {
    db = {};
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }
  std::filesystem::path dir;
  Database db;
};

TEST_F(SqliteTest, BindsAndReadsEveryKind) {
  ASSERT_TRUE(db.exec("CREATE TABLE t(i, t, b, n, e, f)"));
  auto insert = db.prepare("INSERT INTO t VALUES(?, ?, ?, ?, ?, ?)");
  ASSERT_TRUE(insert);
  const std::string bytes("a\0b\xff", 4);
  ASSERT_TRUE(insert->run(INT64_MIN, bytes, Blob{bytes}, std::nullopt, std::string_view(), true));
  EXPECT_EQ(db.changes(), 1);
  ASSERT_TRUE(
      insert->run(std::optional<std::int64_t>(7), "x", std::optional<Blob>(), std::nullopt, Blob{}, false));
  auto select = db.prepare("SELECT *, typeof(t), typeof(b), typeof(e) FROM t ORDER BY rowid");
  ASSERT_TRUE(select);
  const Rows rows(*select);
  ASSERT_TRUE(*select->next());
  EXPECT_EQ(select->integer(0), INT64_MIN);
  EXPECT_EQ(select->text(1), bytes);
  EXPECT_EQ(select->text(2), bytes);
  EXPECT_TRUE(select->is_null(3));
  EXPECT_FALSE(select->is_null(4));
  EXPECT_EQ(select->text(4), "");
  EXPECT_EQ(select->integer(5), 1);
  EXPECT_EQ(select->text(6), "text");
  EXPECT_EQ(select->text(7), "blob");
  ASSERT_TRUE(*select->next());
  EXPECT_EQ(select->integer(0), 7);
  EXPECT_TRUE(select->is_null(2));
  EXPECT_EQ(select->text(8), "blob");
  EXPECT_FALSE(*select->next());
}

TEST_F(SqliteTest, ATransactionThatGoesRollsBack) {
  ASSERT_TRUE(db.exec("CREATE TABLE t(i)"));
  {
    auto transaction = Transaction::begin(db);
    ASSERT_TRUE(transaction && db.exec("INSERT INTO t VALUES(1)"));
  }
  EXPECT_EQ(**db.integer("SELECT count(*) FROM t"), 0);
  {
    auto transaction = Transaction::begin(db);
    ASSERT_TRUE(transaction && db.exec("INSERT INTO t VALUES(1)") && transaction->commit());
  }
  EXPECT_EQ(**db.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(SqliteTest, FaultsNameTheFile) {
  const auto bad = db.exec("no sql");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::store_unavailable);
  EXPECT_NE(bad.error().message.find((dir / "x.db").string()), std::string::npos) << bad.error().message;
  EXPECT_FALSE(db.prepare("neither"));
  const auto nowhere = Database::open(dir / "none" / "x.db");
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().message.find("can't be opened"), std::string::npos) << nowhere.error().message;
}

TEST_F(SqliteTest, MigratesStepByStepAndOnce) {
  const char* const two[] = {"CREATE TABLE a(x)", "CREATE TABLE b(x); INSERT INTO b VALUES(1)"};
  ASSERT_TRUE(migrate(db, "x", std::span(two, 1)));
  EXPECT_EQ(**db.integer("PRAGMA user_version"), 1);
  ASSERT_TRUE(migrate(db, "x", two));
  ASSERT_TRUE(migrate(db, "x", two));
  EXPECT_EQ(**db.integer("SELECT count(*) FROM b"), 1);
  const auto older = migrate(db, "the journal", std::span(two, 1));
  ASSERT_FALSE(older);
  EXPECT_NE(older.error().message.find("the journal has schema version 2"), std::string::npos)
      << older.error().message;
  EXPECT_NE(older.error().message.find("up to version 1"), std::string::npos);
}

TEST_F(SqliteTest, AFailedMigrationLeavesTheVersion) {
  const char* const bad[] = {"CREATE TABLE a(x)", "CREATE TABLE b(x); no sql"};
  EXPECT_FALSE(migrate(db, "x", bad));
  EXPECT_EQ(**db.integer("PRAGMA user_version"), 0);
  EXPECT_EQ(**db.integer("SELECT count(*) FROM sqlite_schema"), 0) << "all of them, or none";
}

TEST_F(SqliteTest, CountsTheLogsPagesUntilACheckpoint) {
  ASSERT_TRUE(db.exec("PRAGMA journal_mode = WAL"));
  db.count_log_pages();
  ASSERT_TRUE(db.exec("CREATE TABLE t(i); INSERT INTO t VALUES(zeroblob(100000))"));
  EXPECT_GT(db.log_pages(), 20);
  ASSERT_TRUE(db.checkpoint(Database::Checkpoint::passive));
  EXPECT_EQ(db.log_pages(), 0);
  ASSERT_TRUE(db.exec("INSERT INTO t VALUES(1)"));
  ASSERT_TRUE(db.checkpoint(Database::Checkpoint::truncate));
  EXPECT_EQ(std::filesystem::file_size(dir / "x.db-wal"), 0u);
}

}  // namespace
}  // namespace kgw::sqlite
