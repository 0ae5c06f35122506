// Whether a write-ahead log holds commits that SQLite would pass over. At its next opening SQLite takes a log
// up to the first frame that does not fit and drops the rest without a word: right after a power cut, in which
// the last commit may have got to the disk in part, but not when a bit has flipped under older ones. Stateless;
// at start only, before the log is opened.
#pragma once

#include <filesystem>

namespace kgw {

// True: behind a damaged place there are frames that were written after the commit around it had been synced,
// and so after its payments had been told. A last commit that is incomplete is no damage, nor is what stands
// there from before the log was begun anew.
bool drops_commits(const std::filesystem::path& log);

}  // namespace kgw
