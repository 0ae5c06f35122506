// SQLite's C API with owners. A Database is one connection; it and its statements belong to one thread at a
// time (the connections are opened without SQLite's own mutex). Every failure is a Fault with
// ErrorCode::store_unavailable whose text names the file and says what to do. Statements must go before their
// Database.
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

// A value that is bound as a BLOB, not as TEXT.
struct Blob {
  std::string_view bytes;
};

class Database;

// A prepared statement. What is bound to it must live until the next reset(): nothing is copied.
class Statement {
 public:
  Statement() = default;

  // Binds from the left, runs to the end, resets. For what returns no rows.
  template <class... A>
  Result<void> run(const A&... args) {
    bind_all(args...);
    return finish();
  }
  // Binds from the left; the rows come from next(). REQUIRES reset() before the next use (see Rows).
  template <class... A>
  Statement& with(const A&... args) {
    bind_all(args...);
    return *this;
  }
  Result<bool> next();  // true: there is a row to be read
  void reset();

  // Columns count from 0 and are valid until next() or reset().
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // of TEXT and BLOB

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

// Resets a statement at the end of a scope, so that it holds no snapshot and no borrowed bytes.
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

  // Opens, or creates, a database for reading and writing. `vfs`: the name of a registered SQLite VFS; empty:
  // the usual.
  static Result<Database> open(const std::filesystem::path& file, const std::string& vfs = {});
  // Opens one that is there: a file that has gone is not made anew.
  static Result<Database> open_existing(const std::filesystem::path& file, const std::string& vfs = {});
  // Opens one that is there, to look at it: nothing in it can be changed.
  static Result<Database> open_to_read(const std::filesystem::path& file);
  // The same without the write-ahead log that may lie beside it, which stays as it is, there or not: only what
  // the file itself holds. REQUIRES that nobody writes to it.
  static Result<Database> open_without_log(const std::filesystem::path& file);

  explicit operator bool() const { return db_ != nullptr; }
  // One or more statements without parameters; rows are thrown away.
  Result<void> exec(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row; nothing when there is no row.
  Result<std::optional<std::int64_t>> integer(std::string_view sql);
  // A copy of all that is committed now, at `into`, which is empty or not there yet. Writers of other
  // connections go on meanwhile; while it runs, the write-ahead log can only grow.
  Result<void> copy_into(const std::filesystem::path& into);
  // What is wrong with it, SQLite's words, a few lines at most; empty: nothing. `thorough`: with the indexes. A
  // Fault only when it could not be looked at.
  Result<std::string> find_damage(bool thorough);
  // The same of one table alone, with its indexes' pages.
  Result<std::string> find_damage_in(const std::string& table);
  // Any thread, while this is there: what runs on it ends with a Fault.
  void interrupt();
  // How many rows the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  bool in_transaction() const;
  enum class Checkpoint : std::uint8_t {
    passive,  // as much as readers allow
    whole,    // all of it, waiting for readers to finish; fails when that can't be had
    truncate  // the same, and leaves the log empty
  };
  // Copies what the write-ahead log holds into the database and syncs it.
  Result<void> checkpoint(Checkpoint mode);
  // Whether the last connection that closes may copy the log into the database and remove it.
  void tidy_log_at_close(bool allowed);
  // Switches SQLite's own checkpoints off (they would delay a commit) and counts the log's pages instead.
  void count_log_pages();
  // How many pages the write-ahead log held at the last commit; a checkpoint that finished it sets it to 0.
  int log_pages() const { return log_pages_ ? *log_pages_ : 0; }

 private:
  friend class Copying;
  struct Close {
    void operator()(sqlite3* db) const;
  };
  Result<std::string> find_damage_by(const std::string& how);
  // What SQLite says of its last call, or of `code`.
  Fault fault();
  Fault fault(int code);
  static Result<Database> open(const std::filesystem::path& file, const std::string& vfs, int flags);

  std::unique_ptr<int> log_pages_;  // its own allocation: SQLite keeps its address, a Database moves
  std::unique_ptr<sqlite3, Close> db_;
};

// BEGIN IMMEDIATE ... COMMIT; rolls back when it goes without commit().
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
