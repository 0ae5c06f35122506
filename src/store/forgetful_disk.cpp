#include "store/forgetful_disk.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

namespace kgw {
namespace {

struct Mount {
  std::string point;
  std::string type;
};

// "\040" for a space, as the kernel writes it.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

// proc(5): "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue".
std::optional<Mount> mount_of(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  Mount mount;
  for (int i = 0; i < 4; ++i) words >> word;
  words >> word;
  mount.point = unescaped(word);
  while (words >> word && word != "-") {
  }
  if (!(words >> mount.type) || !mount.point.starts_with('/')) return std::nullopt;
  return mount;
}

bool holds(const Mount& mount, const std::string& path) {
  if (mount.point == "/") return true;
  return path.starts_with(mount.point) &&
         (path.size() == mount.point.size() || path[mount.point.size()] == '/');
}

bool is_layered(std::string_view type) {
  constexpr std::array<std::string_view, 3> kLayered{"overlay", "aufs", "fuse.fuse-overlayfs"};
  return std::find(kLayered.begin(), kLayered.end(), type) != kLayered.end();
}

bool has_variable_of_a_host() {
  for (const char* const* variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (text.starts_with("RAILWAY_") || text.starts_with("KUBERNETES_SERVICE_HOST=")) return true;
  }
  return false;
}

}  // namespace

DiskFacts disk_facts(const std::filesystem::path& directory) {
  std::error_code ignored;
  DiskFacts facts;
  const auto absolute = std::filesystem::absolute(directory, ignored);
  facts.path = std::filesystem::weakly_canonical(absolute, ignored).string();
  std::ifstream mounts("/proc/self/mountinfo");
  facts.mounts.assign(std::istreambuf_iterator<char>(mounts), {});
  facts.container = std::filesystem::exists("/.dockerenv", ignored) ||
                    std::filesystem::exists("/run/.containerenv", ignored) || has_variable_of_a_host();
  return facts;
}

std::optional<std::string> why_forgotten(const DiskFacts& facts) {
  std::optional<Mount> found;
  bool layered_root = false;
  std::istringstream lines(facts.mounts);
  for (std::string line; std::getline(lines, line);) {
    auto mount = mount_of(line);
    if (!mount) continue;
    if (mount->point == "/") layered_root = is_layered(mount->type);
    // Of those that hold it the innermost counts; of two at one place the later one, which hides the other.
    if (holds(*mount, facts.path) && (!found || mount->point.size() >= found->point.size()))
      found = std::move(mount);
  }
  if (!found || !(facts.container || layered_root)) return std::nullopt;
  if (found->type == "tmpfs" || found->type == "ramfs") return "memory (" + found->type + ")";
  if (found->point == "/" && is_layered(found->type)) return "the container's own disk (" + found->type + ")";
  return std::nullopt;
}

std::optional<std::string> forgetful_disk_warning(const std::filesystem::path& data_dir) {
  const auto why = why_forgotten(disk_facts(data_dir));
  if (!why) return std::nullopt;
  return "DATA_DIR " + data_dir.string() + " is on " + *why +
         ": the next deploy or restart loses the journal, all kiosks and keys, and the secret for their "
         "tokens. Attach a volume and set DATA_DIR to its mount point, or set REDIS_URL.";
}

}  // namespace kgw
