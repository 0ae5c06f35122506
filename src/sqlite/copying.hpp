// A copy of a database page by page, made through the connection that writes to it: what that one changes
// meanwhile is changed in the copy too. So no snapshot is held, the write-ahead log does not grow, and the
// writer decides when there is time for a step. Belongs to its Database's thread, and goes before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "sqlite/database.hpp"

struct sqlite3_backup;

namespace kgw::sqlite {

class Copying {
 public:
  // `into`: an empty file, or none. REQUIRES that no other connection changes `from`.
  static Result<Copying> begin(Database& from, const std::filesystem::path& into);
  // Copies so many pages at most. True: it is whole, and as the database is now; not synced yet. Not in a
  // transaction of `from`.
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

  Database into_;  // before what works with it
  std::unique_ptr<File> file_;
  std::unique_ptr<sqlite3_backup, Finish> copy_;
  int unwritten_ = 0;
};

}  // namespace kgw::sqlite
