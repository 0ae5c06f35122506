#include "settings/secrets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "wire/base64.hpp"
#include "wire/jwt.hpp"

namespace kgw {
namespace {

Fault trouble(const std::filesystem::path& file, const char* what) {
  return Fault{ErrorCode::internal_error, std::string(what) + " " + file.string() + ": " +
                                              std::strerror(errno) +
                                              ". Check the directory's owner, permissions and free space."};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

std::string read_secret(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);  // a BOM from an editor
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

Result<std::string> read_or_make_secret(const std::filesystem::path& file, std::string_view prefix,
                                        Random& random) {
  if (std::string secret = read_secret(file); !secret.empty()) return secret;
  if (std::error_code ignored; std::filesystem::exists(file, ignored))
    return Fault{ErrorCode::internal_error,
                 file.string() +
                     " exists but is empty or can't be read. Check its permissions, or remove it to have a new "
                     "secret made (everything signed with the old one stops working)."};
  std::array<std::uint8_t, 32> bytes{};
  random.fill(bytes);
  std::string secret(prefix);
  secret += base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});

  // All or nothing: a crash in between must not leave half a secret.
  const std::filesystem::path fresh = file.string() + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return trouble(file, "Can't write");
  const bool written = write_all(fd, secret + "\n") && fsync(fd) == 0;
  close(fd);
  if (!written || rename(fresh.c_str(), file.c_str()) != 0) return trouble(file, "Can't write");
  const int directory = open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory);
    close(directory);
  }
  return secret;
}

}  // namespace kgw
