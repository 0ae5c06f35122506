// The secrets that a first start makes and keeps in DATA_DIR: the admin key and the token secret.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"

namespace kgw {

// The secret in `file` (its first line); made and written there (mode 0600, durably) when it is not there yet.
// Error: a sentence that names the file.
Result<std::string> read_or_make_secret(const std::filesystem::path& file, std::string_view prefix,
                                        Random& random);

// The secret in `file`; empty when there is none that can be read.
std::string read_secret(const std::filesystem::path& file);

}  // namespace kgw
