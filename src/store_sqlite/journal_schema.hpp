// The journal's tables and the settings of a connection to it. Stateless.
//
// Append-only on the write path: an answer or an end never touches the row of its exchange, for that would
// dirty one more page each. `id` is RequestId::journal_key(); the 16 bytes of the request's id stand beside it
// and are compared.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "sqlite/database.hpp"

namespace kgw {

std::span<const char* const> journal_migrations();

// SQLite's VFS that keeps others out: the index of the log lies in this process' memory, which its connections
// share, so that no file of it can be cut under them (a SIGBUS), and no other process can open the journal.
inline constexpr const char* kJournalVfs = "unix-excl";

// Opens a connection with the journal's settings; an empty `vfs` is kJournalVfs. `file` exists already (with
// the permissions it shall have). Closing it leaves the write-ahead log as it is
// (Database::tidy_log_at_close()).
Result<sqlite::Database> open_journal(const std::filesystem::path& file, const std::string& vfs);

// Names of rows in `meta`.
inline constexpr const char* kMetaWatermark = "open_from";  // every exchange with a smaller id has ended
// In rows of `answered` and of `ended` below these nothing has a body that is to be emptied.
inline constexpr const char* kMetaBodies[] = {"bodies_answered", "bodies_ended"};
inline constexpr const char* kMetaKeptFrom = "kept_from";  // an exchange with a smaller id may be gone
inline constexpr const char* kMetaSweptBy = "swept_by";    // the time that the last sweep went by
inline constexpr const char* kMetaIndexedTo =
    "indexed_to";  // up to this id every exchange is in a run of terms
inline constexpr const char* kMetaProbe =
    "probe";  // when it was last opened; written to see whether writing works
// The same as the probe while it is open, 0 once it was closed in order. In the database file itself, not only
// in its log, before anything is acknowledged: a log that has gone is missed.
inline constexpr const char* kMetaRunning = "running";

}  // namespace kgw
