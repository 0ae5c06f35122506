// EmbeddedStore: a JournalStore on this machine's disk, in DATA_DIR/gateway.db.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "store/data_dir.hpp"
#include "store/journal_store.hpp"
#include "store_sqlite/journal_check.hpp"
#include "store_sqlite/journal_files.hpp"

namespace kgw {

class EmbeddedStore final : public JournalStore {
 public:
  struct Settings {
    std::filesystem::path data_dir;
    Milliseconds retention = std::chrono::hours(24 * 30);  // of an exchange's rows, after its end
    Milliseconds keep_bodies = std::chrono::hours(24);     // of its body and answer, after its end
    Milliseconds keep_keys = std::chrono::hours(24);       // its Idempotency-Key, from its end on
    Milliseconds keep_orders = std::chrono::hours(24);     // its order, from its end on (UNIQUE_ORDERS_WINDOW)
    std::uint64_t max_bytes = 0;                           // of the database; 0: unlimited
    const Clock* clock = nullptr;                          // required; also read on the writer's thread
    // A larger journal is checked for damage only after the start; checking this much takes some tenths of a
    // second.
    std::uint64_t look_through_bytes = 128ULL * 1024 * 1024;
    // Exchanges per run of the index (store_sqlite/term_run), at most 65,535.
    std::size_t run_rows = 4096;
    // Claims that are kept in memory until they become a run (store_sqlite/claims/claim_index).
    std::size_t claim_rows = 1024;
    std::string vfs;  // the SQLite VFS; empty: the default (tests bring their own)
    std::int64_t boot = this_boot();
  };

  // Takes the directory's lock, migrates, recovers from a crash, loads what a start needs, and starts the
  // threads. `wake` and `note`: as for JournalStore.
  static Result<std::unique_ptr<EmbeddedStore>> open(Settings settings, std::function<void()> wake, Note note,
                                                     StoreImage& image_out);
  ~EmbeddedStore() override { close(); }  // before the directory's lock is released
  void close() override;

 private:
  struct Opened {
    std::shared_ptr<DataDir> directory;
    std::shared_ptr<JournalCheck> check;  // null: it was looked through before the start
    JournalHome home;
    std::unique_ptr<JournalWriting> writing;
  };
  EmbeddedStore(Opened opened, const JournalStore::Settings& settings, std::function<void()> wake, Note note);
  std::shared_ptr<DataDir> directory_;
  std::shared_ptr<JournalCheck> check_;  // as it was opened
};

}  // namespace kgw
