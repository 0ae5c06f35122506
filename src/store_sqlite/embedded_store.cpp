#include "store_sqlite/embedded_store.hpp"

#include <utility>

#include "base/check.hpp"
#include "store_sqlite/journal_place.hpp"
#include "store_sqlite/journal_reader.hpp"
#include "store_sqlite/sqlite_journal.hpp"
#include "store_sqlite/unfinished_backups.hpp"

namespace kgw {

EmbeddedStore::EmbeddedStore(Opened opened, const JournalStore::Settings& settings, std::function<void()> wake,
                             Note note)
    : JournalStore(settings, std::move(opened.home), std::move(opened.writing), std::move(wake),
                   std::move(note)),
      directory_(std::move(opened.directory)),
      check_(std::move(opened.check)) {}

// First what else has the journal open: the last step empties the log, and waits for that.
void EmbeddedStore::close() {
  if (check_) check_->stop();
  JournalStore::close();
}

Result<std::unique_ptr<EmbeddedStore>> EmbeddedStore::open(Settings settings, std::function<void()> wake,
                                                           Note note, StoreImage& image_out) {
  KGW_CHECK(settings.clock != nullptr);
  Result<DataDir> held = DataDir::open(settings.data_dir);
  if (!held) return held.error();
  const auto directory = std::make_shared<DataDir>(std::move(*held));
  remove_copies(settings.data_dir);
  remove_unfinished_backups(settings.data_dir);
  std::error_code ignored;
  const std::filesystem::path anyway = settings.data_dir / kStartAnyway;
  const bool go_on = std::filesystem::exists(anyway, ignored);
  const std::filesystem::path journal_file = settings.data_dir / "gateway.db";
  if (!go_on) {
    if (const auto whole = check_journal_files(journal_file, settings.boot); !whole) return whole.error();
  } else if (const auto aside = put_damaged_log_aside(journal_file, settings.boot, settings.clock->now().wall);
             !aside.empty() && note) {
    note("journal_log_is_damaged", "a copy of it is kept: " + aside.string());
  }
  const auto file = directory->file("gateway.db");
  if (!file) return file.error();
  const auto place = std::make_shared<JournalPlace>(*file, [directory] { return directory->hold_again(); });
  const auto open_journal = [file = *file, clock = settings.clock, place,
                             how = SqliteJournal::Opening{.vfs = settings.vfs,
                                                          .boot = settings.boot,
                                                          .run_rows = settings.run_rows,
                                                          .claim_rows = settings.claim_rows}](
                                bool look_through, bool part_is_missing) {
    SqliteJournal::Opening now = how;
    now.now = clock->now().wall;
    now.look_through = look_through;
    now.part_is_missing = part_is_missing;
    return SqliteJournal::open(file, place, now);
  };
  const bool small = std::filesystem::file_size(*file, ignored) <= settings.look_through_bytes;
  Result<SqliteJournal> journal = open_journal(small && !go_on, go_on);
  if (!journal) return journal.error();
  Result<StoreImage> image = journal->load();
  if (!image) return image.error();
  image_out = std::move(*image);
  std::filesystem::remove(anyway, ignored);

  std::shared_ptr<JournalCheck> check;
  if (!small && !go_on) check = std::make_shared<JournalCheck>(*file, settings.vfs, place);
  JournalHome home;
  home.open_writing = [open_journal, check]() -> JournalHome::Writing {
    if (check) check->stop();
    Result<SqliteJournal> opened = open_journal(false, false);
    if (!opened) return opened.error();
    return std::make_unique<SqliteJournal>(std::move(*opened));
  };
  home.open_reading = [file = *file, vfs = settings.vfs, place]() -> JournalHome::Reading {
    if (const auto there = place->check_file(); !there) return there.error();
    Result<JournalReader> opened = JournalReader::open(file, vfs);
    if (!opened) return opened.error();
    return std::make_unique<JournalReader>(std::move(*opened));
  };
  home.reading_goes_first = true;
  const JournalStore::Settings common{
      {settings.retention, settings.keep_bodies, settings.keep_keys, settings.keep_orders},
      settings.max_bytes,
      settings.clock,
      image_out.last_journal_key};
  Opened opened{directory, std::move(check), std::move(home),
                std::make_unique<SqliteJournal>(std::move(*journal))};
  return std::unique_ptr<EmbeddedStore>(
      new EmbeddedStore(std::move(opened), common, std::move(wake), std::move(note)));
}

}  // namespace kgw
