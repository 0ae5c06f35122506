// What can be said of a journal's files before they are opened: whether one that was there has gone. A gateway
// that takes half a journal for a new one forgets payments without a word. Stateless; at start only.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace kgw {

// A Fault when `file` (DATA_DIR/gateway.db) is empty or missing beside a secret that an earlier start made, or
// lacks the log that it had when it was last open: it says what is missing and what to do.
Result<void> check_journal_files(const std::filesystem::path& file);

// An empty file of this name in DATA_DIR has the next start go on with what is there, whatever is missing or
// damaged; it is removed then.
inline constexpr const char* kStartAnyway = "start.anyway";

}  // namespace kgw
