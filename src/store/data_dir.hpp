// DataDir: the directory that the gateway keeps its files in, held by one process at a time. Owns the lock;
// start and end only.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace kgw {

class DataDir {
 public:
  // Creates the directory (0700) when it is missing and takes the lock in it (flock(2) on `lock`, which also
  // holds the owner's process id for a human). A Fault names the process that holds it.
  // Another one: a restore into it was interrupted, and what is in it is not to be used.
  static Result<DataDir> open(const std::filesystem::path& directory);
  // The same for a restore itself, which goes on where an interrupted one stopped.
  static Result<DataDir> open_to_restore(const std::filesystem::path& directory);
  // The process id of who holds it now; empty: nobody, or it can't be told.
  static std::string holder(const std::filesystem::path& directory);
  static constexpr const char* kLock = "lock";
  // While a file of this name is in it, files of two states may lie side by side.
  static constexpr const char* kRestoring = "restore.unfinished";
  // How the names of copies begin that the gateway makes for a backup; a number follows.
  static constexpr const char* kCopy = "backup.part.";

  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  // Takes the lock anew when its file was removed or replaced; true: it had to. A Fault: another process was
  // quicker. One thread at a time.
  Result<bool> hold_again();

  // The path of a file in it; created empty (0600) when missing, so that it is never readable by others.
  Result<std::filesystem::path> file(const char* name) const;

 private:
  DataDir(std::filesystem::path directory, int lock_fd) : directory_(std::move(directory)), lock_fd_(lock_fd) {}
  static Result<DataDir> take_lock(const std::filesystem::path& directory);
  std::filesystem::path directory_;
  int lock_fd_;
};

}  // namespace kgw
