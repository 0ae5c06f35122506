// `kiosk-gateway compact`: returns the journal's free space to the disk, and lets a journal from before
// version 0.2 do so by itself from then on (SqliteJournal::give_space_back()). While no gateway runs.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace kgw {

// Locks the directory meanwhile. Checks the journal first, and changes nothing if it is damaged. If
// interrupted at any point, the journal's content is unchanged. Throws CommandFailed.
void compact(const std::filesystem::path& data_dir, std::ostream& out);

}  // namespace kgw
