// What backups that were killed leave behind: whole copies of the state, secrets included, that nobody will
// look for. Stateless.
#pragma once

#include <filesystem>

namespace kgw {

// Copies that a gateway makes in its own DATA_DIR (DataDir::kCopy). REQUIRES that none is being made.
void remove_copies(const std::filesystem::path& data_dir);

// NAME.part.PID of `kiosk-gateway backup`, where PID is no process any more, and what SQLite had beside it.
// Only databases that no one but their owner may read are taken for one.
void remove_unfinished_backups(const std::filesystem::path& directory);

}  // namespace kgw
