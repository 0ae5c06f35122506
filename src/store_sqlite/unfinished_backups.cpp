#include "store_sqlite/unfinished_backups.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/data_dir.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".part.";

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

void remove_with_what_is_beside(const fs::path& file) {
  std::error_code ignored;
  for (const char* const behind : {"", "-journal", "-wal", "-shm"}) fs::remove(file.string() + behind, ignored);
}

// "till.part.4711" -> 4711.
std::optional<pid_t> maker_of(std::string_view name) {
  const std::size_t at = name.rfind(kPart);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const std::string_view digits = name.substr(at + kPart.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  if (error != std::errc() || end != digits.data() + digits.size() || pid <= 0) return std::nullopt;
  return pid;
}

// Our own id can only be one that was given before, as containers do again and again.
bool has_ended(pid_t pid) { return pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH); }

bool is_private_database(const fs::path& file) {
  struct stat about {};
  if (::lstat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || (about.st_mode & 0777) != 0600)
    return false;
  if (about.st_size == 0) return true;
  constexpr std::string_view kMagic = "SQLite format 3";
  std::string begin(kMagic.size(), '\0');
  std::ifstream(file, std::ios::binary).read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == kMagic;
}

}  // namespace

void remove_copies(const fs::path& data_dir) {
  for (const std::string& name : names_in(data_dir))
    if (name.starts_with(DataDir::kCopy)) remove_with_what_is_beside(data_dir / name);
}

void remove_unfinished_backups(const fs::path& directory) {
  for (const std::string& name : names_in(directory)) {
    if (name.starts_with(DataDir::kCopy)) continue;
    if (const auto pid = maker_of(name); pid && has_ended(*pid) && is_private_database(directory / name))
      remove_with_what_is_beside(directory / name);
  }
}

}  // namespace kgw
