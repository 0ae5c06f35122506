// The sources of settings in the real world: the process's environment, `.env` in the working directory, the
// files that NAME_FILE settings name. Reads files, so never on the loop's thread while the gateway runs.
#pragma once

#include <map>
#include <string>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "settings/config.hpp"

namespace kgw {

enum class Reading {
  at_start,
  again,  // while running: regular files only, as a pipe has been read already and would block for ever
};

// Returns the whole file, up to `bytes_max`. Fault: the reason, without the path.
Result<std::string> read_settings_file(const std::string& path, Reading reading,
                                       std::size_t bytes_max = limits::kSettingsFileBytesMax);

// `flags` is keyed by variable name ("PORT"). A `.env` that exists but can't be read is a fault too.
LoadedConfig read_settings(const std::map<std::string, std::string>& flags, Reading reading);

}  // namespace kgw
