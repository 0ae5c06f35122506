#include "store_sqlite/journal_place.hpp"

#include <sys/stat.h>

namespace kgw {
namespace {

Fault not_there(const std::filesystem::path& file, bool another) {
  return Fault{ErrorCode::store_unavailable,
               file.string() +
                   (another ? " is not the file that the gateway is working with"
                            : " is gone (removed, moved or unmounted)") +
                   ": put it back where it was, with the files beside it, and the gateway will continue by "
                   "itself; a restart before that would lose everything in it"};
}

}  // namespace

std::string damage_sentence(const std::filesystem::path& file, const std::string& damage) {
  return file.string() + " is damaged (" + damage +
         "): keep it for analysis and restore a backup: kiosk-gateway restore FILE --force";
}

std::optional<JournalPlace::Inode> JournalPlace::inode_of(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return std::nullopt;
  return Inode{about.st_dev, about.st_ino};
}

void JournalPlace::settle() {
  const std::lock_guard lock(mutex_);
  db_ = inode_of(file_);
  log_ = inode_of(log());
  left_at_.reset();
}

Result<void> JournalPlace::check() {
  std::optional<Inode> db, log_file;
  {
    const std::lock_guard lock(mutex_);
    if (!damage_.empty()) return Fault{ErrorCode::store_unavailable, damage_};
    db = db_, log_file = log_;
  }
  for (const auto& [file, known] : {std::pair(file_, db), std::pair(log(), log_file)}) {
    const auto now = inode_of(file);
    if (now != known) return not_there(file, now.has_value());
  }
  // Who holds the journal's files holds the directory; the lock only says so to others, and can be had again.
  if (hold_lock_)
    if (const auto taken = hold_lock_(); taken && *taken)
      news_ =
          "the lock in " + file_.parent_path().string() + " was removed, and the gateway has created it again";
  return {};
}

void JournalPlace::leave(std::optional<JournalPosition> position) { left_at_ = position; }

Result<void> JournalPlace::check_file() const {
  const std::lock_guard lock(mutex_);
  const auto now = inode_of(file_);
  if (!db_ || now == db_) return {};
  return not_there(file_, now.has_value());
}

void JournalPlace::condemn(const std::string& damage) {
  const std::lock_guard lock(mutex_);
  damage_ = damage_sentence(file_, damage);
}

Result<void> JournalPlace::accept(const JournalPosition& found) const {
  {
    const std::lock_guard lock(mutex_);
    if (!damage_.empty()) return Fault{ErrorCode::store_unavailable, damage_};
  }
  if (check_file() || (left_at_ && found.holds(*left_at_))) return {};
  return Fault{ErrorCode::store_unavailable,
               file_.string() +
                   " is not the journal that this gateway was working with, or part of it is missing: put the "
                   "right one back, or restart the gateway to go on with the one that is there now"};
}

}  // namespace kgw
