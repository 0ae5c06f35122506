// Whether a directory is on a disk that is lost with the next deploy: a container's own file system, or
// memory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace kgw {

// The facts for that, read from the system by disk_facts().
struct DiskFacts {
  std::string path;    // absolute, symlinks resolved
  std::string mounts;  // /proc/self/mountinfo
  // This looks like a container: its engine's files, or a hosting provider's variables.
  bool container = false;
};

DiskFacts disk_facts(const std::filesystem::path& directory);

// Returns why what is written there will be lost, as half a sentence ("the container's own disk (overlay)"),
// or nullopt if it lasts as long as disks do. Pure.
std::optional<std::string> why_forgotten(const DiskFacts& facts);

// For the log and for people; nullopt as above.
std::optional<std::string> forgetful_disk_warning(const std::filesystem::path& data_dir);

}  // namespace kgw
