// Copies a database page by page through the connection that writes to it: what that connection changes
// meanwhile is changed in the copy too. So no snapshot is held, the write-ahead log does not grow, and the
// writer decides when there is time for a step. Used on its Database's thread; destroy it before the
// Database.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "sqlite/database.hpp"

struct sqlite3_backup;

namespace kgw::sqlite {

class Copying {
 public:
  // Requires `into` to be empty or absent, and no other connection to change `from`.
  static Result<Copying> begin(Database& from, const std::filesystem::path& into);
  // Copies at most `pages` pages. Returns true once the copy is complete and equal to the database as it is
  // now; not synced yet. Requires that `from` is not in a transaction.
  Result<bool> step(int pages);

  Copying(Copying&& other) noexcept = default;
  Copying& operator=(Copying&&) = delete;
  ~Copying();

 private:
  struct Finish {
    void operator()(sqlite3_backup* copy) const;
  };
  struct File {
    explicit File(int number) : fd(number) {}
    ~File();
    File(const File&) = delete;
    int fd;
  };
  Copying() = default;

  Database into_;  // declared before what uses it
  std::unique_ptr<File> file_;
  std::unique_ptr<sqlite3_backup, Finish> copy_;
  int unwritten_ = 0;
};

}  // namespace kgw::sqlite
