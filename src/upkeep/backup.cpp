#include "upkeep/backup.hpp"

#include <unistd.h>

#include <ostream>

#include "cli/answer_fields.hpp"
#include "store_sqlite/journal_files.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/unfinished_backups.hpp"
#include "upkeep/backup_format.hpp"
#include "upkeep/state_files.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

// A busy gateway copies some megabytes a second.
constexpr std::chrono::hours kPatience{2};

// Adds what the copy lacks: the secrets, and its origin.
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

void copy_what_lies_there(const fs::path& journal, const fs::path& into) {
  must(check_journal_files(journal));
  must(must(open_journal(journal, {})).copy_into(into));
}

// The gateway leaves a copy in its DATA_DIR; it is moved from there.
void copy_through(const AdminApi& gateway, const fs::path& data_dir, const std::string& held,
                  const fs::path& into) {
  OutboundAnswer answer;
  try {
    answer =
        gateway.call({.method = "POST", .path = "/api/backup", .body = {}, .fields = {}, .timeout = kPatience});
  } catch (const CommandFailed& failed) {
    throw CommandFailed(held + ".\nWhile a gateway is running, the backup is made through it. " +
                        failed.what());
  }
  if (answer.status != 200) throw CommandFailed(gateway.complaint(answer));
  const std::string name = text(parse_answer(answer.body), "file");
  const fs::path copy = data_dir / name;
  std::error_code error;
  const bool plain = name.starts_with(DataDir::kCopy) && name.find('/') == std::string::npos;
  if (!plain || !fs::exists(copy, error))
    throw CommandFailed("The gateway at " + gateway.url() + " made a copy in its DATA_DIR, but that is not " +
                        data_dir.string() + ": GATEWAY_URL and DATA_DIR must belong to the same gateway.");
  fs::rename(copy, into, error);
  if (error) {  // to another disk
    create_state_file(into);
    const bool copied = fs::copy_file(copy, into, fs::copy_options::overwrite_existing, error);
    std::error_code ignored;
    fs::remove(copy, ignored);
    if (!copied) throw CommandFailed("Can't write " + into.string() + ": " + error.message() + ".");
  }
  give_to_owner_of_directory(into);
}

std::int64_t count(sqlite::Database& db, const char* sql) { return must(db.integer(sql)).value_or(0); }

}  // namespace

void back_up(const fs::path& data_dir, const fs::path& file, const AdminApi& gateway, WallTime now,
             std::ostream& out) {
  std::error_code ignored;
  const fs::path journal = data_dir / kJournalFile;
  if (!fs::exists(journal, ignored))
    throw CommandFailed("There is no " + journal.string() + ": set DATA_DIR to the gateway's state directory.");
  if (fs::exists(data_dir / DataDir::kRestoring, ignored))
    throw CommandFailed("A restore into " + data_dir.string() + " was interrupted: run it again first.");
  if (fs::exists(file, ignored))
    throw CommandFailed(file.string() + " already exists: give another name, or move it away.");

  // Absolute: SQLite treats names that begin with "file:" differently.
  const fs::path target = fs::absolute(file);
  remove_unfinished_backups(target.parent_path());
  const Unfinished part(target.string() + ".part." + std::to_string(getpid()));
  if (const auto held = DataDir::open_to_restore(data_dir)) {
    give_to_owner_of_directory(data_dir / DataDir::kLock);
    create_state_file(part.path());
    copy_what_lies_there(journal, part.path());
  } else {
    copy_through(gateway, data_dir, held.error().message, part.path());
  }
  std::int64_t requests = 0;
  std::int64_t kiosks = 0;
  std::size_t secrets = 0;
  {
    auto copy = must(sqlite::Database::open(part.path()));
    must(copy.exec(
        ("PRAGMA journal_mode = DELETE; DELETE FROM meta WHERE name = '" + std::string(kMetaRunning) + "'")
            .c_str()));
    secrets = add_secrets(copy, data_dir, now);
    if (const std::string damage = must(copy.find_damage(false)); !damage.empty())
      throw CommandFailed("The journal is damaged (" + damage +
                          "): keep it for analysis, and restore an earlier backup.");
    requests = count(copy, "SELECT count(*) FROM accepted");
    kiosks = count(copy, "SELECT count(*) FROM kiosks");
  }
  put_in_place(part.path(), target);
  out << "Backed up to " << file.string() << " (kiosks: " << kiosks << ", requests: " << requests << ", "
      << (fs::file_size(target, ignored) + 1023) / 1024 << " KB).\n";
  if (secrets == kSecretFiles.size())
    out << "It contains the admin key and the secret for the tokens: keep it as safe as those.\n";
  else
    out << "It does not contain secrets that come from settings (JWT_SECRET, ADMIN_API_KEY). Keep those "
           "elsewhere; "
           "without\n"
           "the same JWT_SECRET every kiosk needs a new token.\n";
}

}  // namespace kgw
