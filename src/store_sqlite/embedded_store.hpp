// EmbeddedStore: a JournalStore whose home is this machine's disk, DATA_DIR/gateway.db.
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

namespace kgw {

class EmbeddedStore final : public JournalStore {
 public:
  struct Settings {
    std::filesystem::path data_dir;
    Milliseconds retention = std::chrono::hours(24 * 30);  // rows of an exchange, from its end on
    Milliseconds keep_bodies = std::chrono::hours(24);     // its body and answer, from its end on
    Milliseconds keep_keys = std::chrono::hours(24);       // its Idempotency-Key, from its end on
    std::uint64_t max_bytes = 0;                           // of the database; 0: no limit
    const Clock* clock = nullptr;                          // required; asked from the writer's thread too
    // A larger journal is looked through for damage after the start; so much takes some tenths of a second.
    std::uint64_t look_through_bytes = 128ULL * 1024 * 1024;
    std::size_t run_rows = 4096;  // exchanges in a run of the index (store_sqlite/term_run), 65,535 at most
    std::string vfs;              // the SQLite VFS; empty: the usual (tests bring their own)
  };

  // Takes the directory's lock, migrates, recovers from a crash, reads what a start needs, starts the threads.
  // `wake` and `note` as JournalStore has them.
  static Result<std::unique_ptr<EmbeddedStore>> open(Settings settings, std::function<void()> wake, Note note,
                                                     StoreImage& image_out);
  ~EmbeddedStore() override { close(); }  // before the directory is given up
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
