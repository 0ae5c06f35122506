// A DATA_DIR as a gateway leaves it: a journal with one kiosk and one request, and the two secrets.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "sqlite/database.hpp"
#include "sqlite/migrations.hpp"
#include "store/data_dir.hpp"
#include "store_sqlite/journal_schema.hpp"

namespace kgw::testing {

inline constexpr std::int64_t kNowMs = 1'795'000'000'000;

class StateTest : public ::testing::Test {
 public:
  ~StateTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }

 protected:
  StateTest() {
    std::string path = (std::filesystem::temp_directory_path() / "kgw-state-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    dir = path;
    data = dir / "data";
  }

  void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    ::chmod(file.c_str(), 0600);
  }
  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Makes it, with this secret and a kiosk of this name.
  void make_state(const std::string& name) {
    const auto held = DataDir::open(data);
    ASSERT_TRUE(held) << held.error().message;
    ASSERT_TRUE(held->file("gateway.db"));
    write(data / "admin.key", "kgw_" + name + "\n");
    write(data / "jwt.secret", "secret_" + name + "\n");
    auto db = open_journal(data / "gateway.db", {});
    ASSERT_TRUE(db);
    ASSERT_TRUE(sqlite::migrate(*db, "the journal", journal_migrations()));
    auto kiosk = db->prepare(
        "INSERT INTO kiosks(id, title, enabled, max_in_flight, token_digest, created_at, token_expires_at) "
        "VALUES(?, '', 1, 0, x'00', ?, ?)");
    ASSERT_TRUE(kiosk) << kiosk.error().message;
    ASSERT_TRUE(kiosk->run(name, kNowMs - 1000, kNowMs + 1000));
    auto request = db->prepare(
        "INSERT INTO accepted(id, request_id, kiosk, operation, accepted_at, deadline_at) VALUES(?, x'00', ?, "
        "'payment', ?, ?)");
    ASSERT_TRUE(request->run((kNowMs - 500) << 12, name, kNowMs - 500, kNowMs));
    db->tidy_log_at_close(true);
  }
  // The name of its only kiosk.
  std::string kiosk_in(const std::filesystem::path& file) {
    auto db = sqlite::Database::open_to_read(file);
    if (!db) return db.error().message;
    auto query = db->prepare("SELECT id FROM kiosks");
    if (!query) return query.error().message;
    const auto row = query->next();
    return row && *row ? std::string(query->text(0)) : "none";
  }
  static std::set<std::string> names_in(const std::filesystem::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      names.insert(entry.path().filename().string());
    return names;
  }
  static unsigned mode_of(const std::filesystem::path& file) {
    struct stat about {};
    return ::stat(file.c_str(), &about) == 0 ? about.st_mode & 0777U : 0;
  }

  std::filesystem::path dir, data;
  const WallTime now = wall_from_ms(kNowMs);
};

}  // namespace kgw::testing
