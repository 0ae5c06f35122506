// A store on a disk of its own that may fail, with restarts: what the tests of the journal share.
#pragma once

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdlib>

#include "../../crash/fault_vfs.hpp"
#include "base/limits.hpp"
#include "sqlite/database.hpp"
#include "store_harness.hpp"

namespace kgw::testing {

using namespace std::chrono_literals;

class EmbeddedStoreTest : public ::testing::Test {
 public:
  ~EmbeddedStoreTest() override {
    vfs.reset();
    life.reset();
  }

 protected:
  EmbeddedStoreTest() {
    vfs.reset();
    settings.data_dir = dir.path() / "data";
    settings.clock = &clock;
    settings.vfs = FaultVfs::kName;
  }
  void start() {
    life.reset();
    life = std::make_unique<Life>(true, settings);
    ASSERT_TRUE(life->store) << life->error;
  }
  std::string start_error() {
    life.reset();
    life = std::make_unique<Life>(true, settings);
    EXPECT_FALSE(life->store);
    return life->error;
  }
  // Starts on what a kill would leave now: what the system has, synced or not.
  void kill_and_start() {
    const auto copy = dir.path() / "killed";
    std::filesystem::remove_all(copy);
    std::filesystem::create_directory(copy);
    for (const char* name : {"gateway.db", "gateway.db-wal"})
      if (std::filesystem::exists(settings.data_dir / name))
        std::filesystem::copy_file(settings.data_dir / name, copy / name);
    life.reset();
    vfs.reset();
    std::filesystem::remove_all(settings.data_dir);
    std::filesystem::rename(copy, settings.data_dir);
    start();
  }
  // Starts on what a power cut would leave now.
  void lose_power_and_start(double luck, SeededRandom& random) {
    const auto image = dir.path() / "image";
    std::filesystem::create_directory(image);
    vfs.crash_image(settings.data_dir, image, luck, random);
    vfs.fail_syncs(0);
    life.reset();
    vfs.reset();
    std::filesystem::remove_all(settings.data_dir);
    std::filesystem::rename(image, settings.data_dir);
    ++settings.boot;  // a machine that lost power was started anew
    start();
  }
  // With the store closed.
  std::int64_t number(const char* sql) {
    auto db = sqlite::Database::open(settings.data_dir / "gateway.db");
    EXPECT_TRUE(db);
    const auto value = db->integer(sql);
    EXPECT_TRUE(value) << value.error().message;
    return value && *value ? **value : -1;
  }
  std::vector<RequestId> open_ids() const {
    std::vector<RequestId> ids;
    for (const StoredExchange& x : life->image.open) ids.push_back(x.id);
    return ids;
  }
  TempDir dir;
  TestClock clock;
  Records make;
  FaultVfs& vfs = FaultVfs::instance();
  EmbeddedStore::Settings settings;
  std::unique_ptr<Life> life;
};

}  // namespace kgw::testing
