// Removes what killed backups leave behind: complete copies of the state, secrets included, that nobody would
// look for. Stateless.
#pragma once

#include <filesystem>

namespace kgw {

// Removes copies that a gateway made in its own DATA_DIR (DataDir::kCopy). Requires that none is being made.
void remove_copies(const std::filesystem::path& data_dir);

// Removes NAME.part.PID of `kiosk-gateway backup`, with SQLite's files beside it, if no process PID exists.
// Only databases that nobody but their owner can read are considered.
void remove_unfinished_backups(const std::filesystem::path& directory);

}  // namespace kgw
