// SQLite's C API with owners. A Database is one connection; it and its statements are used by one thread at a
// time (opened without SQLite's own mutex). Every failure is a Fault with ErrorCode::store_unavailable whose
// text names the file and says what to do. Destroy Statements before their Database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace kgw::sqlite {

// A value to be bound as a BLOB instead of TEXT.
struct Blob {
  std::string_view bytes;
};

class Database;

// A prepared statement. Bound values are not copied: they must live until the next reset().
class Statement {
 public:
  Statement() = default;

  // Binds the arguments in order, runs to the end and resets. For statements that return no rows.
  template <class... A>
  Result<void> run(const A&... args) {
    bind_all(args...);
    return finish();
  }
  // Binds the arguments in order; read the rows with next(). Requires reset() before the next use (see Rows).
  template <class... A>
  Statement& with(const A&... args) {
    bind_all(args...);
    return *this;
  }
  Result<bool> next();  // true: there is a row to read
  void reset();

  // Columns are numbered from 0; their values are valid until next() or reset().
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // for TEXT and BLOB

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  template <class... A>
  void bind_all(const A&... args) {
    int at = 0;
    (bind(++at, args), ...);
  }
  void bind(int at, std::int64_t value);
  void bind(int at, std::string_view value);
  void bind(int at, const std::string& value) { bind(at, std::string_view(value)); }
  void bind(int at, Blob value);
  void bind(int at, std::nullopt_t);
  void bind(int at, bool value) { bind(at, std::int64_t{value}); }
  void bind(int at, const char* value) { bind(at, std::string_view(value)); }
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 at -O2 does not see what `if (value)` guards
#endif
  template <class T>
  void bind(int at, const std::optional<T>& value) {
    if (value) bind(at, *value);
    else bind(at, std::nullopt);
  }
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
  Result<void> finish();
  Fault fault(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_error_ = 0;
};

// Resets a statement at the end of the scope, so that it holds neither a snapshot nor borrowed bytes.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(statement) {}
  ~Rows() { statement_.reset(); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  Database() = default;

  // Opens or creates a database for reading and writing. `vfs`: the name of a registered SQLite VFS; empty:
  // the default.
  static Result<Database> open(const std::filesystem::path& file, const std::string& vfs = {});
  // Opens an existing database; does not recreate a missing file.
  static Result<Database> open_existing(const std::filesystem::path& file, const std::string& vfs = {});
  // Opens an existing database read-only.
  static Result<Database> open_to_read(const std::filesystem::path& file);
  // The same, ignoring a write-ahead log beside it: only what the file itself holds. Requires that nobody
  // writes to it.
  static Result<Database> open_without_log(const std::filesystem::path& file);

  explicit operator bool() const { return db_ != nullptr; }
  // Runs one or more statements without parameters; discards rows.
  Result<void> exec(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // Returns the first column of the first row; nullopt if there is no row or it is NULL.
  Result<std::optional<std::int64_t>> integer(std::string_view sql);
  // Copies all that is committed now to `into`, which must be empty or absent. Other connections may keep
  // writing; meanwhile the write-ahead log can only grow.
  Result<void> copy_into(const std::filesystem::path& into);
  // Returns what is damaged, in SQLite's words, a few lines at most; empty if nothing is. `thorough`: checks
  // the indexes too. A Fault only if the check itself was not possible.
  Result<std::string> find_damage(bool thorough);
  // The same for a single table, with the pages of its indexes.
  Result<std::string> find_damage_in(const std::string& table);
  // Thread: any, while this exists. A statement that is running ends with a Fault.
  void interrupt();
  // Returns how many rows the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  bool in_transaction() const;
  enum class Checkpoint : std::uint8_t {
    passive,  // as much as readers allow
    whole,    // everything, waiting for readers; fails if that is not possible
    truncate  // the same, and empties the log
  };
  // Copies the write-ahead log into the database and syncs it.
  Result<void> checkpoint(Checkpoint mode);
  // Whether the last connection to close may copy the log into the database and remove it.
  void tidy_log_at_close(bool allowed);
  // Disables SQLite's own checkpoints (they would delay a commit) and counts the log's pages instead.
  void count_log_pages();
  // Pages in the write-ahead log at the last commit; a checkpoint that completes resets it to 0.
  int log_pages() const { return log_pages_ ? *log_pages_ : 0; }

 private:
  friend class Copying;
  struct Close {
    void operator()(sqlite3* db) const;
  };
  Result<std::string> find_damage_by(const std::string& how);
  // SQLite's error of its last call, or of `code`.
  Fault fault();
  Fault fault(int code);
  static Result<Database> open(const std::filesystem::path& file, const std::string& vfs, int flags);

  std::unique_ptr<int>
      log_pages_;  // a separate allocation: SQLite keeps its address, while a Database may move
  std::unique_ptr<sqlite3, Close> db_;
};

// BEGIN IMMEDIATE ... COMMIT; rolls back when destroyed without commit().
class Transaction {
 public:
  static Result<Transaction> begin(Database& db);
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& db) : db_(&db) {}
  Database* db_;
};

}  // namespace kgw::sqlite
