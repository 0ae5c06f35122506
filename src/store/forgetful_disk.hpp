// Whether a directory lies on a disk that the next deploy forgets: a container's own file system, or memory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace kgw {

// What there is to know about it, read from the system by disk_facts().
struct DiskFacts {
  std::string path;        // absolute, links resolved
  std::string mounts;      // /proc/self/mountinfo
  bool container = false;  // something says that this is one: a file that its engine puts there, a hosting
                           // company's variables
};

DiskFacts disk_facts(const std::filesystem::path& directory);

// Why what is written there will not last, half a sentence ("the container's own disk (overlay)"); nothing: it
// lasts as long as disks do. Pure.
std::optional<std::string> why_forgotten(const DiskFacts& facts);

// For the log and for people; nothing as above.
std::optional<std::string> forgetful_disk_warning(const std::filesystem::path& data_dir);

}  // namespace kgw
