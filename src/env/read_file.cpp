#include "env/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace kgw {
namespace {

Fault trouble(int error) { return {ErrorCode::internal_error, std::generic_category().message(error)}; }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> read_settings_file(const std::string& path, Reading reading, std::size_t bytes_max) {
  // Opening a pipe that nobody writes to must not wait either.
  const int again = reading == Reading::again ? O_NONBLOCK : 0;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | again));
  if (file.get() < 0) return trouble(errno);
  struct stat about {};
  if (fstat(file.get(), &about) != 0) return trouble(errno);
  if (S_ISDIR(about.st_mode)) return trouble(EISDIR);
  if (reading == Reading::again && !S_ISREG(about.st_mode))
    return Fault{ErrorCode::internal_error, "it is not a regular file and can't be read a second time"};
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t n = read(file.get(), part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return trouble(errno);
    if (n == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(n));
    if (text.size() > bytes_max)
      return Fault{ErrorCode::internal_error,
                   "it is larger than " + std::to_string(bytes_max) + " bytes; is it the right file?"};
  }
}

}  // namespace kgw
