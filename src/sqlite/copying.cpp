#include "sqlite/copying.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace kgw::sqlite {
namespace {

constexpr int kWriteOutPages = 256;

}  // namespace

void Copying::Finish::operator()(sqlite3_backup* copy) const { sqlite3_backup_finish(copy); }

Copying::File::~File() {
  if (fd >= 0) ::close(fd);
}

Copying::~Copying() = default;

// An unfinished copy is discarded: it needs neither a rollback journal nor a sync of its own.
Result<Copying> Copying::begin(Database& from, const std::filesystem::path& into) {
  Copying copying;
  auto target = Database::open(into);
  if (!target) return target.error();
  if (const auto done =
          target->exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -512");
      !done)
    return done.error();
  copying.into_ = std::move(*target);
  copying.file_ = std::make_unique<File>(::open(into.c_str(), O_RDWR | O_CLOEXEC));
  copying.copy_.reset(sqlite3_backup_init(copying.into_.db_.get(), "main", from.db_.get(), "main"));
  if (!copying.copy_) return copying.into_.fault();
  return copying;
}

Result<bool> Copying::step(int pages) {
  const int code = sqlite3_backup_step(copy_.get(), pages);
  // Makes the system start writing now. Left to the end it would be one flood, and commits would wait for it.
  if ((unwritten_ += pages) >= kWriteOutPages && file_->fd >= 0) {
    (void)::sync_file_range(file_->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    unwritten_ = 0;
  }
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return false;
  if (code == SQLITE_DONE) return true;
  return into_.fault(code);
}

}  // namespace kgw::sqlite
