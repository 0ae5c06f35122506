// `kiosk-gateway backup` and `restore`: the state of an embedded store in a single file, and back. The file
// is a SQLite database: gateway.db as of one moment, plus a table `backup` with DATA_DIR's secrets
// (admin.key, jwt.secret), the time and the version. Mode 0600: it is as valuable as the secrets.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "base/clock.hpp"
#include "cli/admin_api.hpp"

namespace kgw {

// Works while a gateway runs, too, through its API at `gateway`, since no other process can open its journal;
// without one the directory is locked meanwhile. `file` appears complete and synced, or not at all; leftovers
// of killed backups beside it are removed. Throws CommandFailed.
void back_up(const std::filesystem::path& data_dir, const std::filesystem::path& file, const AdminApi& gateway,
             WallTime now, std::ostream& out);

// Checks the whole backup first, and changes nothing if it is damaged, if a gateway uses `data_dir`, or if
// there is already a state (with `force` that is moved into a directory inside). If interrupted at any point,
// either the old state remains, or the gateway refuses to start until the restore is repeated, or the new
// state is in place. Throws CommandFailed.
void restore(const std::filesystem::path& file, const std::filesystem::path& data_dir, bool force, WallTime now,
             std::ostream& out);

}  // namespace kgw
