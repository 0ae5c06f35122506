#include "upkeep/state_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace kgw {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& file) {
  const int error = errno;
  throw CommandFailed("Can't " + std::string(what) + " " + file.string() + ": " + std::strerror(error) +
                      ". Check the directory's owner, permissions and free space.");
}

void sync(const fs::path& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) fail("open", path);
  const bool synced = fsync(fd) == 0;
  close(fd);
  if (!synced) fail("sync", path);
}

}  // namespace

Unfinished::Unfinished(fs::path path) : path_(std::move(path)) {}

Unfinished::~Unfinished() {
  std::error_code ignored;
  for (const char* const behind : {"", "-journal", "-wal", "-shm"})
    fs::remove(path_.string() + behind, ignored);
}

void give_to_owner_of_directory(const fs::path& path) {
  struct stat directory {};
  if (geteuid() == 0 && stat(path.parent_path().c_str(), &directory) == 0)
    (void)!lchown(path.c_str(), directory.st_uid, directory.st_gid);
}

void create_state_file(const fs::path& file) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) fail("write", file);
  close(fd);
  give_to_owner_of_directory(file);
}

void write_state_file(const fs::path& file, std::string_view text) {
  create_state_file(file);
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) fail("write", file);
  sync(file, O_RDONLY);
}

std::optional<std::string> read_state_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.empty()) return std::nullopt;
  return text;
}

void put_in_place(const fs::path& part, const fs::path& target) {
  sync(part, O_RDONLY);
  if (rename(part.c_str(), target.c_str()) != 0) fail("write", target);
  sync_directory(target.parent_path());
}

void sync_directory(const fs::path& directory) { sync(directory, O_RDONLY | O_DIRECTORY); }

}  // namespace kgw
