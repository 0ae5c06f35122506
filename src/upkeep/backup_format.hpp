// The table that distinguishes a backup from a journal. Internal to upkeep/.
#pragma once

#include <cstdint>

namespace kgw::backup_format {

inline constexpr const char* kTable = "CREATE TABLE backup(name TEXT PRIMARY KEY, value) WITHOUT ROWID";
// Names of its rows; a secret's row has its file's name.
inline constexpr const char* kFormatName = "format";
inline constexpr const char* kMadeAt = "made_at";
inline constexpr const char* kVersion = "version";
inline constexpr std::int64_t kFormat = 1;

}  // namespace kgw::backup_format
