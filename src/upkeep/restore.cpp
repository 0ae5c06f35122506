// The second half of upkeep/backup.hpp. New files are written beside the old ones and synced; then a marker
// says that the directory is between two states, the old files are moved aside, the new ones take their
// names, and the marker is removed.
// Implements upkeep/backup.hpp.
#include <algorithm>
#include <ostream>
#include <vector>

#include "base/table.hpp"
#include "cli/admin_api.hpp"
#include "store/forgotten.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "upkeep/backup.hpp"
#include "upkeep/backup_format.hpp"
#include "upkeep/state_files.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNew = ".restored";

struct Backup {
  sqlite::Database db;
  std::string made_at, version;
  std::vector<std::pair<const char*, std::string>> secrets;
};

std::optional<std::string> value(sqlite::Database& db, std::string_view name) {
  auto query = must(db.prepare("SELECT value FROM backup WHERE name = ?"));
  if (!must(query.with(name).next())) return std::nullopt;
  return std::string(query.text(0));
}

// Reads it, and all of it: what is restored without a look is found to be damaged when it is needed.
Backup open_backup(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) throw CommandFailed("There is no file " + file.string() + ".");
  Backup backup{.db = must(sqlite::Database::open_to_read(file)), .made_at = {}, .version = {}, .secrets = {}};
  const auto is_backup =
      must(backup.db.integer("SELECT count(*) FROM sqlite_master WHERE name = 'backup' AND type = 'table'"));
  if (is_backup.value_or(0) != 1)
    throw CommandFailed(file.string() + " is not a backup; make one with `kiosk-gateway backup FILE`.");
  const auto format = value(backup.db, backup_format::kFormatName);
  const auto known = static_cast<std::int64_t>(journal_migrations().size());
  const std::int64_t schema = must(backup.db.integer("PRAGMA user_version")).value_or(0);
  backup.version = value(backup.db, backup_format::kVersion).value_or("?");
  if (format != std::to_string(backup_format::kFormat) || schema < 1 || schema > known)
    throw CommandFailed(file.string() + " was made by version " + printable(backup.version) +
                        ", which is newer than this program: restore it with that version.");
  if (const std::string damage = must(backup.db.find_damage(true)); !damage.empty())
    throw CommandFailed(file.string() + " is damaged (" + printable(damage) + "): use another backup.");
  backup.made_at = value(backup.db, backup_format::kMadeAt).value_or("?");
  for (const char* const name : kSecretFiles)
    if (auto secret = value(backup.db, name)) backup.secrets.emplace_back(name, std::move(*secret));
  return backup;
}

// Everything that the state is made of, whether it is there or not.
std::vector<std::string> state_names() {
  std::vector<std::string> names(kSecretFiles.begin(), kSecretFiles.end());
  for (const char* const behind : {"", "-wal", "-shm"}) names.push_back(std::string(kJournalFile) + behind);
  return names;
}

std::vector<std::string> present_in(const fs::path& directory) {
  std::vector<std::string> names = state_names();
  std::erase_if(names, [&](const std::string& name) {
    std::error_code ignored;
    return !fs::exists(directory / name, ignored);
  });
  return names;
}

void rename_in(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error)
    throw CommandFailed("Can't move " + from.string() + " to " + to.string() + ": " + error.message() +
                        ". Correct that, and run the restore again.");
}

void write_new_files(Backup& backup, const fs::path& directory, WallTime now) {
  std::error_code ignored;
  for (const std::string& name : state_names()) fs::remove(directory / (name + kNew), ignored);
  const fs::path journal = fs::absolute(directory / kJournalFile).string() + kNew;
  create_state_file(journal);
  must(backup.db.copy_into(journal));
  {
    auto db = must(sqlite::Database::open(journal));
    must(db.exec("PRAGMA secure_delete = ON; DROP TABLE backup"));  // the secrets have files of their own
    // What came between the backup and now is not in it: of an id from before now nobody can say "never sent".
    const std::string kept = "INSERT OR REPLACE INTO meta(name, value) VALUES('" + std::string(kMetaKeptFrom) +
                             "', " + std::to_string(key_at(now)) + ")";
    must(db.exec(kept.c_str()));
  }
  put_in_place(journal, journal);
  for (const auto& [name, secret] : backup.secrets)
    write_state_file(directory / (std::string(name) + kNew), secret);
  sync_directory(directory);
}

// "2026-11-25T16:40:00.000Z" -> "replaced-20261125T164000Z".
std::string name_for_replaced(WallTime now) {
  std::string name = rfc3339(now).substr(0, 19) + "Z";
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return "replaced-" + name;
}

// A directory of its own for what was there, so that no second restore can overwrite it.
fs::path put_aside(const std::vector<std::string>& names, const fs::path& directory, WallTime now) {
  fs::path aside = directory / name_for_replaced(now);
  std::error_code error;
  for (int n = 2; fs::exists(aside, error); ++n)
    aside = directory / (name_for_replaced(now) + "-" + std::to_string(n));
  fs::create_directory(aside, directory, error);  // with the rights of DATA_DIR itself
  if (error) throw CommandFailed("Can't create " + aside.string() + ": " + error.message() + ".");
  give_to_owner_of_directory(aside);
  for (const std::string& name : names) rename_in(directory / name, aside / name);
  sync_directory(aside);
  return aside;
}

}  // namespace

void restore(const fs::path& file, const fs::path& data_dir, bool force, WallTime now, std::ostream& out) {
  Backup backup = open_backup(file);
  const auto held = DataDir::open_to_restore(data_dir);
  if (!held) throw CommandFailed(held.error().message + ".");
  give_to_owner_of_directory(data_dir / DataDir::kLock);
  std::error_code ignored;
  const fs::path mark = data_dir / DataDir::kRestoring;
  const bool interrupted = fs::exists(mark, ignored);
  if (!present_in(data_dir).empty() && !force && !interrupted)
    throw CommandFailed(data_dir.string() +
                        " already holds a gateway's state. Choose an empty DATA_DIR, or use --force, which "
                        "moves the existing state aside without deleting it.");
  write_new_files(backup, data_dir, now);

  if (!interrupted) create_state_file(mark);
  sync_directory(data_dir);
  const std::vector<std::string> old = present_in(data_dir);
  const fs::path aside = old.empty() ? fs::path() : put_aside(old, data_dir, now);
  for (const auto& [name, secret] : backup.secrets)
    rename_in(data_dir / (std::string(name) + kNew), data_dir / name);
  rename_in(data_dir / (std::string(kJournalFile) + kNew), data_dir / kJournalFile);
  sync_directory(data_dir);
  fs::remove(mark, ignored);
  sync_directory(data_dir);

  out << "Restored " << file.string() << ", made " << printable(backup.made_at) << " by version "
      << printable(backup.version) << ", into " << data_dir.string() << ".\n";
  if (!aside.empty()) out << "The previous state was moved to " << aside.string() << ".\n";
  if (backup.secrets.size() < kSecretFiles.size())
    out << "Secrets that came from settings were not in it: set the same JWT_SECRET and ADMIN_API_KEY as "
           "then.\n";
  out << "Requests made after that backup are not in this state: check the terminals before you repeat any.\n";
}

}  // namespace kgw
