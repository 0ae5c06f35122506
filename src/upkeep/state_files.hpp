// The files of DATA_DIR that are its state, and how such files are written: mode 0600, synced, in place by a
// rename. Throws CommandFailed. Internal to cli/.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cli/admin_api.hpp"
#include "sqlite/database.hpp"
#include "store/data_dir.hpp"

namespace kgw {

inline constexpr const char* kJournalFile = "gateway.db";
inline constexpr std::array<const char*, 2> kSecretFiles{"admin.key", "jwt.secret"};

// A Fault ends the command.
template <class T>
T must(Result<T> result) {
  if (!result) throw CommandFailed(result.error().message);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) throw CommandFailed(result.error().message);
}

// A file on its way: gone with this object, unless it was put in place.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path path);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// When we are root: else the gateway could not use what root has put into its directory.
void give_to_owner_of_directory(const std::filesystem::path& path);
// Empty, mode 0600, and the directory's owner's when we are root.
void create_state_file(const std::filesystem::path& file);
void write_state_file(const std::filesystem::path& file, std::string_view text);
// Nothing: there is none, or it can't be read.
std::optional<std::string> read_state_file(const std::filesystem::path& file);
// Syncs `part`, renames it to `target` in the same directory, syncs that.
void put_in_place(const std::filesystem::path& part, const std::filesystem::path& target);
void sync_directory(const std::filesystem::path& directory);

}  // namespace kgw
