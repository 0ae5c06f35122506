// Reads a small file as a whole: `.env`, a secret, a token. Blocks, so never on a loop's thread.
#pragma once

#include <string>

#include "base/limits.hpp"
#include "base/result.hpp"

namespace kgw {

enum class Reading {
  at_start,
  again,  // while running: regular files only, as a pipe has been read already and would block for ever
};

// Returns the whole file, up to `bytes_max`. Fault: the reason, without the path.
Result<std::string> read_settings_file(const std::string& path, Reading reading,
                                       std::size_t bytes_max = limits::kSettingsFileBytesMax);

}  // namespace kgw
