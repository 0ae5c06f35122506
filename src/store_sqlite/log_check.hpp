// LogCheck: reads a write-ahead log before SQLite does. SQLite replays it up to the first frame whose checksum
// does not fit and silently drops the rest (sqlite.org/walformat.html): right for what a power cut tore, which
// nobody was told of; but one flipped bit takes with it all that was acknowledged since. Stateless; reads only.
//
// The two are told apart by what stands behind that frame. Frames of an earlier life of the log bear other
// salts. A commit is synced before the next one is written, so of those with the log's own salts a power cut
// can only leave frames of one commit that nobody was told of.
#pragma once

#include <filesystem>
#include <string>

namespace kgw {

// Returns what acknowledged commits the log can no longer give, in a few words; empty: none, as far as it
// shows. `same_boot`: the machine has not been started anew since the log was written. Then nothing was torn: a
// frame that stands before others was written whole.
//
// Not to be told from a torn end, and therefore not found: damage to the last commit if the machine was started
// anew, or to that commit's last frame.
std::string find_log_damage(const std::filesystem::path& log, bool same_boot);

}  // namespace kgw
