// The secrets that the first start generates and keeps in DATA_DIR: the admin key and the token secret.
#pragma once

#include <filesystem>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"

namespace kgw {

// Returns the secret in `file` (its first line); if the file does not exist, generates one and writes it
// durably (mode 0600). Error: a sentence that names the file.
Result<std::string> read_or_make_secret(const std::filesystem::path& file, std::string_view prefix,
                                        Random& random);

// Returns the secret in `file`, or "" if it can't be read.
std::string read_secret(const std::filesystem::path& file);

}  // namespace kgw
