#include "cli/backup.hpp"

#include <unistd.h>

#include <ostream>

#include "cli/admin_api.hpp"
#include "cli/backup_format.hpp"
#include "cli/state_files.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

// What the copy lacks: the secrets, and where it comes from.
std::size_t add_secrets(sqlite::Database& copy, const fs::path& data_dir, WallTime now) {
  must(copy.exec(backup_format::kTable));
  auto insert = must(copy.prepare("INSERT INTO backup(name, value) VALUES(?, ?)"));
  must(insert.run(backup_format::kFormatName, backup_format::kFormat));
  must(insert.run(backup_format::kMadeAt, rfc3339(now)));
  must(insert.run(backup_format::kVersion, std::string_view(KGW_VERSION)));
  std::size_t secrets = 0;
  for (const char* const name : kSecretFiles) {
    const auto secret = read_state_file(data_dir / name);
    if (!secret) continue;
    must(insert.run(name, *secret));
    ++secrets;
  }
  return secrets;
}

std::int64_t count(sqlite::Database& db, const char* sql) { return must(db.integer(sql)).value_or(0); }

}  // namespace

void back_up(const fs::path& data_dir, const fs::path& file, WallTime now, std::ostream& out) {
  std::error_code ignored;
  const fs::path journal = data_dir / kJournalFile;
  if (!fs::exists(journal, ignored))
    throw CommandFailed("There is no " + journal.string() +
                        ": DATA_DIR says where the gateway keeps its state.");
  if (fs::exists(data_dir / DataDir::kRestoring, ignored))
    throw CommandFailed("A restore into " + data_dir.string() + " was interrupted: run it again first.");
  if (fs::exists(file, ignored))
    throw CommandFailed(file.string() + " is there already: give another name, or move it away.");

  // Absolute: SQLite takes names that begin with "file:" for something else.
  const fs::path target = fs::absolute(file);
  const Unfinished part(target.string() + ".part." + std::to_string(getpid()));
  create_state_file(part.path());
  must(must(sqlite::Database::open_to_read(journal)).copy_into(part.path()));
  std::int64_t requests = 0;
  std::int64_t kiosks = 0;
  std::size_t secrets = 0;
  {
    auto copy = must(sqlite::Database::open(part.path()));
    secrets = add_secrets(copy, data_dir, now);
    if (const std::string damage = must(copy.find_damage(false)); !damage.empty())
      throw CommandFailed("The journal is damaged (" + damage +
                          "): keep it for analysis, and restore an earlier backup.");
    requests = count(copy, "SELECT count(*) FROM accepted");
    kiosks = count(copy, "SELECT count(*) FROM kiosks");
  }
  put_in_place(part.path(), target);
  out << "Backed up to " << file.string() << ": " << kiosks << " kiosks, " << requests << " requests, "
      << (fs::file_size(target, ignored) + 1023) / 1024 << " KB.\n";
  if (secrets == kSecretFiles.size())
    out << "The admin key and the secret of the tokens are in it: keep it as you would keep them.\n";
  else
    out << "Not in it: secrets that come from settings (JWT_SECRET, ADMIN_API_KEY). Keep those elsewhere; "
           "without\n"
           "the same JWT_SECRET every kiosk needs a new token.\n";
}

}  // namespace kgw
