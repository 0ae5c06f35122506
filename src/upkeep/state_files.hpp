// The files of DATA_DIR that make up its state, and how to write them: mode 0600, synced, put in place by a
// rename. Throws CommandFailed. Internal to upkeep/.
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

// Unwraps a Result; throws its Fault as CommandFailed.
template <class T>
T must(Result<T> result) {
  if (!result) throw CommandFailed(result.error().message);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) throw CommandFailed(result.error().message);
}

// A file in preparation: removed with this object unless it was put in place.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path path);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// As root, gives the file to the directory's owner: otherwise the gateway could not use it.
void give_to_owner_of_directory(const std::filesystem::path& path);
// Creates an empty file with mode 0600; as root, it belongs to the directory's owner.
void create_state_file(const std::filesystem::path& file);
void write_state_file(const std::filesystem::path& file, std::string_view text);
// Returns nullopt if the file is missing or can't be read.
std::optional<std::string> read_state_file(const std::filesystem::path& file);
// Syncs `part`, renames it to `target` in the same directory, and syncs the directory.
void put_in_place(const std::filesystem::path& part, const std::filesystem::path& target);
void sync_directory(const std::filesystem::path& directory);

}  // namespace kgw
