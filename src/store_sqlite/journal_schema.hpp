// The journal's tables and the settings of its connections. Stateless.
//
// Append-only on the write path: an answer or an end never changes the row of its exchange, as that would
// dirty another page each. `id` is RequestId::journal_key(); the 16 bytes of the request id are stored too,
// and compared.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "sqlite/database.hpp"

namespace kgw {

std::span<const char* const> journal_migrations();

// SQLite's VFS that excludes others: the log's index is in this process's memory and shared by its
// connections, so that no file of it can be truncated under them (SIGBUS), and no other process can open the
// journal.
inline constexpr const char* kJournalVfs = "unix-excl";

// Opens a connection with the journal's settings; an empty `vfs` means kJournalVfs. Requires `file` to exist,
// with its final permissions. Closing the connection leaves the write-ahead log as it is
// (Database::tidy_log_at_close()).
Result<sqlite::Database> open_journal(const std::filesystem::path& file, const std::string& vfs);

// Names of rows in `meta`.
inline constexpr const char* kMetaWatermark = "open_from";  // every exchange with a smaller id has ended
// In rows of `answered`, `ended` and `resolved` below these, no body is left to be emptied.
inline constexpr const char* kMetaBodies[] = {"bodies_answered", "bodies_ended", "bodies_resolved"};
inline constexpr const char* kMetaKeptFrom =
    "kept_from";  // an exchange with a smaller id may have been deleted
// As large as any `seq` of a row of `answered` or `ended` that was deleted.
inline constexpr const char* kMetaLastEnd = "last_end";
// What was answered in rows up to this `seq` was handed to its callers, or is listed as unclaimed.
inline constexpr const char* kMetaToldTo = "told_to";
inline constexpr const char* kMetaSweptBy = "swept_by";  // the time used by the last sweep
// Up to this id every exchange is in a run of terms.
inline constexpr const char* kMetaIndexedTo = "indexed_to";
// Up to these ids every claim of a key, and of an order, is in a run (store_sqlite/claims/claim_index), unless
// it is gone.
inline constexpr const char* kMetaClaimsTo = "claims_to";
inline constexpr const char* kMetaOrdersTo = "orders_to";
// When it was last opened; written to test whether writing works.
inline constexpr const char* kMetaProbe = "probe";
// Equals the probe while the journal is open, 0 after an orderly close. Stored in the database file itself,
// not only in its log, before anything is acknowledged: so a missing log is noticed.
inline constexpr const char* kMetaRunning = "running";

// On which start of the machine it was last opened (this_boot()).
inline constexpr const char* kMetaBoot = "boot";

}  // namespace kgw
