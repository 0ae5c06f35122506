// DataDir: the directory that the gateway keeps its files in, held by one process at a time. Owns the lock;
// start and end only.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace kgw {

class DataDir {
 public:
  // Creates the directory (0700) when it is missing and takes the lock in it (flock(2) on `lock`, which also
  // holds the owner's process id for a human). A Fault names the process that holds it.
  static Result<DataDir> open(const std::filesystem::path& directory);
  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  // The path of a file in it; created empty (0600) when missing, so that it is never readable by others.
  Result<std::filesystem::path> file(const char* name) const;

 private:
  DataDir(std::filesystem::path directory, int lock_fd) : directory_(std::move(directory)), lock_fd_(lock_fd) {}
  std::filesystem::path directory_;
  int lock_fd_;
};

}  // namespace kgw
