// The table in a backup that tells it from a journal. Internal to cli/.
#pragma once

#include <cstdint>

namespace kgw::backup_format {

inline constexpr const char* kTable = "CREATE TABLE backup(name TEXT PRIMARY KEY, value) WITHOUT ROWID";
// Names of its rows; those of the secrets are their files'.
inline constexpr const char* kFormatName = "format";
inline constexpr const char* kMadeAt = "made_at";
inline constexpr const char* kVersion = "version";
inline constexpr std::int64_t kFormat = 1;

}  // namespace kgw::backup_format
