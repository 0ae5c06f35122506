// Checks a journal's files before they are opened: whether one that existed is missing, or its log is cut. A
// gateway that took half a journal for a new one would silently forget payments. Stateless; at start only.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace kgw {

// Of the machine's start: no two have the same; 0: unknown.
std::int64_t this_boot();

// Returns a Fault if `file` (DATA_DIR/gateway.db) is empty or missing beside a secret that an earlier start
// generated, or lacks the log that it had when it was last open, or has one that can't be read to its end
// (store_sqlite/log_check). The sentence says what is missing and what to do. `boot`: as written at each start.
Result<void> check_journal_files(const std::filesystem::path& file, std::int64_t boot = this_boot());

// Copies a damaged log to a file beside it, before it is used for what can be read of it. Returns that file;
// empty: there is no damaged log, or no room for a copy.
std::filesystem::path put_damaged_log_aside(const std::filesystem::path& file, std::int64_t boot, WallTime now);

// An empty file with this name in DATA_DIR makes the next start continue with what exists, whatever is
// missing or damaged; the start removes it.
inline constexpr const char* kStartAnyway = "start.anyway";

}  // namespace kgw
