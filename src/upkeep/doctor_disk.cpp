// The disk of DATA_DIR: its free space, its speed, and the permissions of what is there.
// Implements upkeep/doctor_checks.hpp.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "store/forgetful_disk.hpp"
#include "upkeep/doctor_checks.hpp"
#include "upkeep/state_files.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;
using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::uint64_t kMegabyte = 1'000'000;
// The journal needs some of it at every commit, and its log alone may grow to 64 MB before it is copied back.
constexpr std::uint64_t kFreeBad = 200 * kMegabyte;
constexpr std::uint64_t kFreeWarn = 1000 * kMegabyte;
// A payment waits for two commits.
constexpr microseconds kCommitWarn{10'000};
constexpr microseconds kCommitBad{200'000};
constexpr std::size_t kCommits = 200;
constexpr std::chrono::seconds kCommitTime{2};  // for all of them

// Returns DATA_DIR, or the directory in which the first start would create it.
fs::path nearest(const fs::path& data_dir) {
  std::error_code ignored;
  fs::path path = fs::absolute(data_dir, ignored);
  while (!fs::exists(path, ignored) && path.has_relative_path()) path = path.parent_path();
  return path;
}

std::string megabytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  const bool many = bytes >= 10'000 * kMegabyte;
  std::snprintf(text.data(), text.size(), many ? "%.0f GB" : "%.0f MB",
                static_cast<double>(bytes) / static_cast<double>(many ? 1000 * kMegabyte : kMegabyte));
  return text.data();
}

std::string milliseconds(microseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f ms", static_cast<double>(time.count()) / 1000);
  return text.data();
}

// Appends and syncs a page again and again, as the journal does. Returns a Fault's text if that fails.
std::string measure(int fd, const Clock& clock, std::vector<microseconds>& times) {
  const std::array<char, 4096> page{'x'};
  const Instant end = clock.now().steady + kCommitTime;
  for (std::size_t n = 0; n < kCommits; ++n) {
    const Instant began = clock.now().steady;
    if (began >= end && n > 0) break;
    if (pwrite(fd, page.data(), page.size(), static_cast<off_t>(n * page.size())) !=
            static_cast<ssize_t>(page.size()) ||
        fdatasync(fd) != 0)
      return std::strerror(errno);
    times.push_back(duration_cast<microseconds>(clock.now().steady - began));
  }
  std::sort(times.begin(), times.end());
  return {};
}

}  // namespace

Finding check_space(const fs::path& data_dir) {
  Finding finding{.what = "space", .text = {}, .hint = {}};
  const fs::path place = nearest(data_dir);
  struct statvfs disk {};
  if (statvfs(place.c_str(), &disk) != 0)
    return {finding.what, Verdict::bad, place.string() + " can't be checked: " + std::strerror(errno),
            "give it to the gateway's user, or set another DATA_DIR"};
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  finding.text = megabytes(free) + " free for " + data_dir.string();
  if ((disk.f_flag & ST_RDONLY) != 0)
    return {finding.what, Verdict::bad, place.string() + " is read-only",
            "remount it, or set another DATA_DIR"};
  if (free < kFreeBad || (disk.f_files > 0 && disk.f_favail == 0))
    return {finding.what, Verdict::bad, finding.text + (free < kFreeBad ? "" : ", but no inodes"),
            "free some space: with a full disk every payment is refused"};
  if (const auto warning = forgetful_disk_warning(data_dir)) {
    finding.verdict = Verdict::warn;
    finding.text += "; " + *why_forgotten(disk_facts(data_dir));
    finding.hint = "a redeploy loses it: attach a volume and set DATA_DIR to its mount point, or set REDIS_URL";
  } else if (free < kFreeWarn) {
    finding.verdict = Verdict::warn;
    finding.hint = "free some space, or lower JOURNAL_RETENTION: with a full disk every payment is refused";
  }
  return finding;
}

Finding check_commits(const fs::path& data_dir, const Clock& clock) {
  const fs::path place = nearest(data_dir);
  std::string name = (place / ".kiosk-gateway-doctor-XXXXXX").string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0)
    return {"commit", Verdict::bad, "nothing can be written to " + place.string() + ": " + std::strerror(errno),
            "run this as the gateway's user; give the directory to that user, or set another DATA_DIR"};
  unlink(name.c_str());
  std::vector<microseconds> times;
  const std::string trouble = measure(fd, clock, times);
  close(fd);
  if (!trouble.empty())
    return {"commit", Verdict::bad, "writing to " + place.string() + " fails: " + trouble,
            "check the kernel log, or set another DATA_DIR"};
  const microseconds median = times[times.size() / 2];
  Finding finding{.what = "commit",
                  .text = milliseconds(median) + " median, " + milliseconds(times[times.size() * 99 / 100]) +
                          " at worst out of a hundred",
                  .hint = {}};
  if (median < kCommitWarn) return finding;
  finding.verdict = median < kCommitBad ? Verdict::warn : Verdict::bad;
  finding.hint =
      "every payment waits for two of these: use an SSD, or a disk that other programs do not keep busy";
  return finding;
}

Finding check_rights(const fs::path& data_dir) {
  std::string open;
  for (const char* const name : {"admin.key", "jwt.secret", "gateway.db", "gateway.db-wal"}) {
    struct stat file {};
    if (stat((data_dir / name).c_str(), &file) == 0 && (file.st_mode & 077) != 0)
      open.append(open.empty() ? "" : ", ").append(name);
  }
  if (open.empty()) return {"rights", Verdict::ok, "nobody else can read the gateway's files", ""};
  return {"rights", Verdict::bad, "others on this machine can read " + open + " in " + data_dir.string(),
          "chmod 600 them; if other people use this machine, replace the keys in them too"};
}

}  // namespace kgw
