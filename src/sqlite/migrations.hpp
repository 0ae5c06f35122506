// The schema's version is PRAGMA user_version: the number of migrations that have run. Those that are missing
// run in one transaction together with the new version: a crash leaves either the old or the new schema, and a
// slow disk syncs once. Stateless.
#pragma once

#include <span>
#include <string_view>

#include "sqlite/database.hpp"

namespace kgw::sqlite {

// Brings the database to version `migrations.size()`; migration i (SQL without parameters) leads from version
// i to i + 1. A newer database is left unchanged: a Fault that names both versions.
Result<void> migrate(Database& db, std::string_view what, std::span<const char* const> migrations);

}  // namespace kgw::sqlite
