#include "store_sqlite/journal_files.hpp"

#include <fstream>
#include <string>

#include "sqlite/database.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/log_check.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLogHeaderBytes = 32;  // SQLite's file format, 4.1

std::uintmax_t size_of(const fs::path& file) {
  std::error_code missing;
  const std::uintmax_t size = fs::file_size(file, missing);
  return missing ? 0 : size;
}

std::string how_to_go_on(const fs::path& file) {
  return "Or restore a backup: kiosk-gateway restore FILE --force. Only if you no longer need any of it: "
         "create an empty file " +
         (file.parent_path() / kStartAnyway).string() + ", and the next start will go on without it.";
}

fs::path log_of(const fs::path& file) { return file.string() + "-wal"; }

// Written at each start, into the database file itself.
bool was_open_since(const fs::path& file, std::int64_t boot) {
  auto db = sqlite::Database::open_without_log(file);
  if (!db || boot == 0) return false;
  const auto then = db->integer("SELECT value FROM meta WHERE name = '" + std::string(kMetaBoot) + "'");
  return then && *then == boot;
}

std::string damage_of_log(const fs::path& file, std::int64_t boot) {
  return find_log_damage(log_of(file), was_open_since(file, boot));
}

}  // namespace

std::int64_t this_boot() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!(in >> id)) return 0;
  std::uint64_t number = 14695981039346656037ULL;  // FNV-1a
  for (const char c : id) number = (number ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return static_cast<std::int64_t>(number);
}

fs::path put_damaged_log_aside(const fs::path& file, std::int64_t boot, WallTime now) {
  if (damage_of_log(file, boot).empty()) return {};
  const fs::path aside = log_of(file).string() + ".damaged-" + std::to_string(to_ms(now) / 1000);
  std::error_code failed;
  fs::copy_file(log_of(file), aside, fs::copy_options::overwrite_existing, failed);
  if (failed) return {};
  fs::permissions(aside, fs::perms::owner_read | fs::perms::owner_write, failed);
  return aside;
}

Result<void> check_journal_files(const fs::path& file, std::int64_t boot) {
  const fs::path directory = file.parent_path();
  if (size_of(file) == 0) {
    std::error_code ignored;
    for (const char* const secret : {"admin.key", "jwt.secret"})
      if (fs::exists(directory / secret, ignored))
        return Fault{ErrorCode::store_unavailable,
                     file.string() + (fs::exists(file, ignored) ? " is empty" : " is missing") + ", but " +
                         (directory / secret).string() +
                         " exists: a gateway ran here before, and its journal is gone. Put it back from where "
                         "it was moved or copied to, together with gateway.db-wal if there is one. " +
                         how_to_go_on(file)};
    return {};
  }
  const fs::path log = log_of(file);
  if (size_of(log) >= kLogHeaderBytes) {
    const std::string damage = damage_of_log(file, boot);
    if (damage.empty()) return {};
    return Fault{ErrorCode::store_unavailable,
                 log.string() + " is damaged: " + damage +
                     ", among them payments that callers were told of. Copy gateway.db and gateway.db-wal to a "
                     "safe place. " +
                     how_to_go_on(file)};
  }
  auto db = sqlite::Database::open_without_log(file);
  if (!db) return {};  // what can't be read is found out, and said, by whoever opens it
  const auto version = db->integer("PRAGMA user_version");
  if (!version || version->value_or(0) < 1) return {};
  const auto running = db->integer("SELECT count(*) FROM meta a JOIN meta b USING(value) WHERE a.name = '" +
                                   std::string(kMetaRunning) + "' AND b.name = '" + kMetaProbe + "'");
  if (!running || running->value_or(0) == 0) return {};
  return Fault{ErrorCode::store_unavailable,
               "the gateway that last used " + file.string() +
                   " did not shut down cleanly, and the log that it wrote then, " + log.string() +
                   ", is missing or empty: the last payments may be in it and nowhere else. Put it back (it "
                   "must always be moved or copied together with gateway.db). " +
                   how_to_go_on(file)};
}

}  // namespace kgw
