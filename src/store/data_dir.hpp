// DataDir: the directory with the gateway's files, used by one process at a time. Owns the lock; for start
// and end only.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace kgw {

class DataDir {
 public:
  // Creates the directory (0700) if it is missing and takes the lock in it (flock(2) on `lock`, which also
  // contains the owner's process id, for people). Faults: another process holds it (named), or a restore was
  // interrupted and the files must not be used.
  static Result<DataDir> open(const std::filesystem::path& directory);
  // The same for a restore, which resumes where an interrupted one stopped.
  static Result<DataDir> open_to_restore(const std::filesystem::path& directory);
  // Returns the process id of the current holder; empty if there is none or it can't be determined.
  static std::string holder(const std::filesystem::path& directory);
  static constexpr const char* kLock = "lock";
  // While a file of this name exists, files of two states may be side by side.
  static constexpr const char* kRestoring = "restore.unfinished";
  // The prefix of the copies that the gateway makes for a backup; a number follows.
  static constexpr const char* kCopy = "backup.part.";

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  // Takes the lock again if its file was removed or replaced; returns whether it had to. Fault: another
  // process was faster. One thread at a time.
  Result<bool> hold_again();

  // Returns the path of a file in it; if missing, creates it empty (0600), so that others can never read it.
  Result<std::filesystem::path> file(const char* name) const;

 private:
  DataDir(std::filesystem::path directory, int lock_fd) : directory_(std::move(directory)), lock_fd_(lock_fd) {}
  static Result<DataDir> take_lock(const std::filesystem::path& directory);
  std::filesystem::path directory_;
  int lock_fd_;
};

}  // namespace kgw
