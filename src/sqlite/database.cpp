#include "sqlite/database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "base/hex.hpp"

namespace kgw::sqlite {
namespace {

constexpr int kBusyMs = 5000;
constexpr std::size_t kDamageTextMax = 300;

std::string file_of(sqlite3* db) {
  const char* const name = db ? sqlite3_db_filename(db, "main") : nullptr;
  return name && *name ? name : "the database";
}

// One sentence: what is wrong, with which file, what to do about it.
std::string describe(sqlite3* db, int code, const std::string& file) {
  const int system_error = db ? sqlite3_system_errno(db) : 0;
  const int kind = code & 0xff;
  const std::string detail =
      " (SQLite: " + std::string(db ? sqlite3_errmsg(db) : sqlite3_errstr(code)) + ", code " +
      std::to_string(code) +
      (system_error != 0 && kind != SQLITE_CORRUPT ? std::string(", ") + std::strerror(system_error) : "") +
      ")";
  if (kind == SQLITE_FULL || (kind == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT)))
    return "the disk that holds " + file + " is full: free some space" + detail;
  switch (kind) {
    case SQLITE_READONLY:
      return file +
             " can't be written: make it and its directory writable for the gateway's user, or remount the "
             "disk" +
             detail;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return file +
             " can't be opened: check that its directory exists and that both belong to the gateway's user" +
             detail;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return file + " is damaged or not a gateway database: keep it for analysis and restore a backup" + detail;
    case SQLITE_IOERR: return file + ": the disk reports an error: check the kernel log" + detail;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return file + " is in use by another program: stop it" + detail;
    case SQLITE_NOMEM: return file + ": out of memory" + detail;
    default: return file + ": an unexpected error" + detail;
  }
}

Fault fault_of(sqlite3* db, int code) {
  return Fault{ErrorCode::store_unavailable, describe(db, code, file_of(db))};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind(int at, std::int64_t value) {
  bind_error_ |= sqlite3_bind_int64(statement_.get(), at, value);
}

void Statement::bind(int at, std::string_view value) {
  // A null pointer would bind NULL; an empty view may have one.
  const char* const data = value.data() ? value.data() : "";
  bind_error_ |= sqlite3_bind_text64(statement_.get(), at, data, value.size(), nullptr, SQLITE_UTF8);
}

void Statement::bind(int at, Blob value) {
  const char* const data = value.bytes.data() ? value.bytes.data() : "";
  bind_error_ |= sqlite3_bind_blob64(statement_.get(), at, data, value.bytes.size(), nullptr);
}

void Statement::bind(int at, std::nullopt_t) { bind_error_ |= sqlite3_bind_null(statement_.get(), at); }

Fault Statement::fault(int code) { return fault_of(sqlite3_db_handle(statement_.get()), code); }

Result<bool> Statement::next() {
  if (bind_error_ != SQLITE_OK) return fault(SQLITE_MISUSE);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fault(code);
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  bind_error_ = SQLITE_OK;
}

Result<void> Statement::finish() {
  const Result<bool> done = next();
  reset();
  if (!done) return done.error();
  return {};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const void* const data = sqlite3_column_blob(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Result<Database> Database::open(const std::filesystem::path& file, const std::string& vfs, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  Database database;
  database.db_.reset(raw);
  if (code != SQLITE_OK) return Fault{ErrorCode::store_unavailable, describe(raw, code, file.string())};
  sqlite3_busy_timeout(raw, kBusyMs);
  database.log_pages_ = std::make_unique<int>(0);
  return database;
}

Result<Database> Database::open(const std::filesystem::path& file, const std::string& vfs) {
  return open(file, vfs, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Result<Database> Database::open_existing(const std::filesystem::path& file, const std::string& vfs) {
  return open(file, vfs, SQLITE_OPEN_READWRITE);
}

Result<Database> Database::open_to_read(const std::filesystem::path& file) {
  return open(file, {}, SQLITE_OPEN_READONLY);
}

Result<Database> Database::open_without_log(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?' || c == '#' || c == '%') append_percent_byte(uri, c);
    else uri += c;
  }
  return open(uri + "?immutable=1", {}, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

Result<void> Database::exec(const char* sql) {
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fault_of(db_.get(), code);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  Statement statement;
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) return fault_of(db_.get(), code);
  return statement;
}

Result<std::optional<std::int64_t>> Database::integer(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->next();
  if (!row) return row.error();
  if (!*row || statement->is_null(0)) return std::optional<std::int64_t>();
  return std::optional(statement->integer(0));
}

Result<void> Database::copy_into(const std::filesystem::path& into) {
  auto copy = prepare("VACUUM INTO ?");
  if (!copy) return copy.error();
  return copy->run(into.string());
}

Fault Database::fault() { return fault(sqlite3_extended_errcode(db_.get())); }

Fault Database::fault(int code) { return fault_of(db_.get(), code); }

Result<std::string> Database::find_damage(bool thorough) {
  auto damage = find_damage_by(thorough ? "PRAGMA integrity_check(3)" : "PRAGMA quick_check(3)");
  sqlite3_db_release_memory(db_.get());  // the cache is full of pages that nobody asks for again
  return damage;
}

Result<std::string> Database::find_damage_in(const std::string& table) {
  return find_damage_by("PRAGMA quick_check('" + table + "')");
}

void Database::interrupt() { sqlite3_interrupt(db_.get()); }

Result<std::string> Database::find_damage_by(const std::string& how) {
  // So damaged that it can't even be checked.
  const auto beyond = [this](const Fault& fault) -> Result<std::string> {
    const int kind = sqlite3_errcode(db_.get()) & 0xff;
    if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) return std::string(sqlite3_errmsg(db_.get()));
    return fault;
  };
  auto check = prepare(how);
  if (!check) return beyond(check.error());
  std::string damage;
  const Rows rows(*check);
  for (;;) {
    const auto row = check->next();
    if (!row) return beyond(row.error());
    if (!*row) return damage == "ok" ? std::string() : damage;
    if (damage.size() < kDamageTextMax) damage.append(damage.empty() ? "" : "; ").append(check->text(0));
  }
}

void Database::count_log_pages() {
  sqlite3_wal_hook(
      db_.get(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      log_pages_.get());
}

void Database::tidy_log_at_close(bool allowed) {
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, allowed ? 0 : 1, nullptr);
}

std::int64_t Database::changes() const { return sqlite3_changes64(db_.get()); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

Result<void> Database::checkpoint(Checkpoint mode) {
  int in_log = 0;
  int copied = 0;
  const int how = mode == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE
                  : mode == Checkpoint::whole ? SQLITE_CHECKPOINT_RESTART
                                              : SQLITE_CHECKPOINT_TRUNCATE;
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), "main", how, &in_log, &copied);
  // SQLITE_BUSY from a passive checkpoint: a reader is in the way; the next one continues from there.
  const bool held_up = mode == Checkpoint::passive && (code & 0xff) == SQLITE_BUSY;
  if (code != SQLITE_OK && !held_up) return fault_of(db_.get(), code);
  if (copied >= in_log) *log_pages_ = 0;
  return {};
}

Result<Transaction> Transaction::begin(Database& db) {
  if (const Result<void> done = db.exec("BEGIN IMMEDIATE"); !done) return done.error();
  return Transaction(db);
}

Transaction::~Transaction() {
  // A failed COMMIT may have rolled back by itself.
  if (db_ != nullptr && db_->in_transaction()) (void)db_->exec("ROLLBACK");
}

Result<void> Transaction::commit() {
  Result<void> done = db_->exec("COMMIT");
  if (done) db_ = nullptr;
  return done;
}

}  // namespace kgw::sqlite
