// `kiosk-gateway compact`: gives the journal's free space back to the disk, and makes a journal of a version
// before 0.2 one that does so by itself from then on (Journal::give_space_back()). While no gateway runs.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace kgw {

// Holds the directory meanwhile. Looks through the journal first, and touches nothing if anything is wrong with
// it. Interrupted at any point, the journal holds what it held. Throws CommandFailed.
void compact(const std::filesystem::path& data_dir, std::ostream& out);

}  // namespace kgw
