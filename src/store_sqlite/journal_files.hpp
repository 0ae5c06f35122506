// Checks a journal's files before they are opened: whether one that existed is missing. A gateway that took
// half a journal for a new one would silently forget payments. Stateless; at start only.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace kgw {

// Returns a Fault if `file` (DATA_DIR/gateway.db) is empty or missing beside a secret that an earlier start
// generated, or lacks the log that it had when it was last open. The sentence says what is missing and what
// to do.
Result<void> check_journal_files(const std::filesystem::path& file);

// An empty file with this name in DATA_DIR makes the next start continue with what exists, whatever is
// missing or damaged; the start removes it.
inline constexpr const char* kStartAnyway = "start.anyway";

}  // namespace kgw
