#include "settings/settings_sources.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/limits.hpp"

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

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

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

LoadedConfig read_settings(const std::map<std::string, std::string>& flags, Reading reading) {
  static const char* const kDotenv = ".env";
  SettingSources sources;
  sources.environment = environment;
  sources.flags = flags;
  sources.read_file = [reading](const std::string& path, std::size_t bytes_max) {
    return read_settings_file(path, reading, bytes_max);
  };
  std::error_code ignored;
  const bool there =
      std::filesystem::symlink_status(kDotenv, ignored).type() != std::filesystem::file_type::not_found;
  auto dotenv = there ? read_settings_file(kDotenv, reading) : Result<std::string>(std::string());
  if (dotenv) sources.dotenv = std::move(*dotenv);
  LoadedConfig loaded = load_config(sources);
  if (!dotenv)
    loaded.faults.insert(loaded.faults.begin(),
                         {kDotenv, "can't be read: " + dotenv.error().message +
                                       ". Make it readable for the gateway's user, or remove it"});
  return loaded;
}

}  // namespace kgw
