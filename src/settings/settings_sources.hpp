// The sources of settings in the real world: the process's environment, `.env` in the working directory, the
// files that NAME_FILE settings name. Reads files, so never on the loop's thread while the gateway runs.
#pragma once

#include <map>
#include <string>

#include "env/read_file.hpp"
#include "settings/config.hpp"

namespace kgw {

// `flags` is keyed by variable name ("PORT"). A `.env` that exists but can't be read is a fault too.
LoadedConfig read_settings(const std::map<std::string, std::string>& flags, Reading reading);

}  // namespace kgw
