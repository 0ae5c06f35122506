// `kiosk-gateway backup` and `restore`: the state of an embedded store in one file, and back. The file is a
// SQLite database: gateway.db as it was at one moment, and a table `backup` with the secrets that DATA_DIR had
// (admin.key, jwt.secret), when it was made and by which version. Mode 0600: it is worth as much as they are.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "base/clock.hpp"
#include "cli/admin_api.hpp"

namespace kgw {

// Copies while a gateway runs too, through it: nobody else can open its journal; `gateway` is where it answers.
// Without one the directory is held meanwhile. `file` appears whole and synced, or not at all; what killed
// backups left beside it is removed. Throws CommandFailed.
void back_up(const std::filesystem::path& data_dir, const std::filesystem::path& file, const AdminApi& gateway,
             WallTime now, std::ostream& out);

// Looks through the whole backup first, and touches nothing if anything is wrong with it, if a gateway uses
// `data_dir`, or if there is a state already (`force`: that is put aside, into a directory in it). Interrupted
// at any point, either the old state stands, or the gateway refuses to start until the restore was repeated, or
// the new one stands. Throws CommandFailed.
void restore(const std::filesystem::path& file, const std::filesystem::path& data_dir, bool force, WallTime now,
             std::ostream& out);

}  // namespace kgw
