// Where settings come from in the real world: the process's environment, `.env` in the working directory, the
// files that NAME_FILE settings name. Reads files, so at run time never on the loop's thread.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "settings/config.hpp"

namespace kgw {

enum class Reading {
  at_start,
  again,  // while running: only regular files, since a pipe has been read already and would wait for ever
};

// The whole file, within limits::kSettingsFileBytesMax. Fault: why not, without the path.
Result<std::string> read_settings_file(const std::string& path, Reading reading);

// `flags` by variable name ("PORT"). That `.env` is there but can't be read is a fault too.
LoadedConfig read_settings(const std::map<std::string, std::string>& flags, Reading reading);

}  // namespace kgw
