#include "store/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

namespace kgw {
namespace {

Fault fault(const std::string& path, int error) {
  std::string advice;
  if (error == ENOSPC || error == EDQUOT) advice = "the disk is full: free some space";
  else if (error == EROFS) advice = "the disk is read-only: remount it, or choose another DATA_DIR";
  else if (error == EACCES || error == EPERM)
    advice = "make it writable for the gateway's user, or choose another DATA_DIR";
  else advice = "check that it is a directory that the gateway can write to";
  return Fault{ErrorCode::store_unavailable, path + ": " + std::strerror(error) + "; " + advice};
}

std::string pid_in(int lock_fd) {
  char text[32] = {};
  const ssize_t size = ::pread(lock_fd, text, sizeof text - 1, 0);
  std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && (pid.back() < '0' || pid.back() > '9')) pid.pop_back();
  return pid;
}

std::string owner_of(int lock_fd) {
  const std::string pid = pid_in(lock_fd);
  return pid.empty() ? "another process" : "the process with pid " + pid;
}

}  // namespace

Result<DataDir> DataDir::open(const std::filesystem::path& directory) {
  Result<DataDir> held = open_to_restore(directory);
  if (std::error_code ignored; held && std::filesystem::exists(directory / kRestoring, ignored))
    return Fault{ErrorCode::store_unavailable,
                 "a restore into " + directory.string() +
                     " was interrupted: run `kiosk-gateway restore FILE` again, with the same FILE"};
  return held;
}

Result<DataDir> DataDir::open_to_restore(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.has_parent_path()) std::filesystem::create_directories(directory.parent_path(), error);
  if (error) return fault(directory.parent_path().string(), error.value());
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fault(directory.string(), errno);
  return take_lock(directory);
}

Result<DataDir> DataDir::take_lock(const std::filesystem::path& directory) {
  const std::string lock = (directory / kLock).string();
  const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fault(lock, errno);
  DataDir held(directory, fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fault(lock, errno);
    return Fault{ErrorCode::store_unavailable, directory.string() + " is in use by " + owner_of(fd) +
                                                   ": stop it, or give this gateway its own DATA_DIR"};
  }
  // The pid is for people; the lock is what counts, so a full disk is found out by the journal, not here.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, pid.data(), pid.size(), 0);
  return held;
}

Result<bool> DataDir::hold_again() {
  struct stat there {
  }, held{};
  if (::stat((directory_ / kLock).c_str(), &there) == 0 && ::fstat(lock_fd_, &held) == 0 &&
      there.st_dev == held.st_dev && there.st_ino == held.st_ino)
    return false;
  Result<DataDir> taken = take_lock(directory_);
  if (!taken) return taken.error();
  std::swap(lock_fd_, taken->lock_fd_);
  return true;
}

// Taking the lock, even for a moment, could make a gateway that starts just then give up; so the kernel is
// asked
// ("1: FLOCK  ADVISORY  WRITE 708 fe:00:1234 0 EOF").
std::string DataDir::holder(const std::filesystem::path& directory) {
  const int fd = ::open((directory / kLock).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return {};
  struct stat about {};
  const std::string inode = ::fstat(fd, &about) == 0 ? ":" + std::to_string(about.st_ino) + " " : std::string();
  std::string pid;
  std::ifstream locks("/proc/locks");
  for (std::string line; !inode.empty() && pid.empty() && std::getline(locks, line);)
    if (line.find("FLOCK") != std::string::npos && line.find(inode) != std::string::npos) pid = pid_in(fd);
  ::close(fd);
  return pid;
}

DataDir::DataDir(DataDir&& other) noexcept
    : directory_(std::move(other.directory_)), lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DataDir::~DataDir() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

Result<std::filesystem::path> DataDir::file(const char* name) const {
  const std::filesystem::path path = directory_ / name;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fault(path.string(), errno);
  ::close(fd);
  return path;
}

}  // namespace kgw
