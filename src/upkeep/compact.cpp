#include "upkeep/compact.hpp"

#include <cstdio>
#include <ostream>
#include <string>

#include "base/table.hpp"
#include "store_sqlite/journal_files.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "upkeep/state_files.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

std::string megabytes_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", error ? 0.0 : static_cast<double>(size) / 1e6);
  return text;
}

void rewrite(const fs::path& journal) {
  auto db = must(open_journal(journal, {}));
  const auto known = static_cast<std::int64_t>(journal_migrations().size());
  const std::int64_t schema = must(db.integer("PRAGMA user_version")).value_or(0);
  if (schema < 1 || schema > known)
    throw CommandFailed(journal.string() +
                        (schema < 1 ? " is not a gateway journal."
                                    : " was written by a newer version: compact it with that version."));
  if (const std::string damage = must(db.find_damage(false)); !damage.empty())
    throw CommandFailed(journal.string() + " is damaged (" + printable(damage) +
                        "): keep it for analysis and restore a backup.");
  must(db.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM"));
  // Everything goes into the file, and its log is removed: the next start must not miss one.
  const std::string closed =
      "INSERT OR REPLACE INTO meta(name, value) VALUES('" + std::string(kMetaRunning) + "', 0)";
  must(db.exec(closed.c_str()));
  must(db.checkpoint(sqlite::Database::Checkpoint::truncate));
  db.tidy_log_at_close(true);
}

}  // namespace

void compact(const fs::path& data_dir, std::ostream& out) {
  std::error_code ignored;
  const fs::path journal = data_dir / kJournalFile;
  if (!fs::exists(journal, ignored))
    throw CommandFailed("There is no " + journal.string() + ": set DATA_DIR to the gateway's state directory.");
  const auto held = DataDir::open(data_dir);
  if (!held) throw CommandFailed(held.error().message + ".\nStop that gateway first.");
  give_to_owner_of_directory(data_dir / DataDir::kLock);
  must(check_journal_files(journal));
  const std::string before = megabytes_of(journal);
  rewrite(journal);
  out << "Compacted " << journal.string() << ": " << before << " before, " << megabytes_of(journal)
      << " now.\n";
}

}  // namespace kgw
