// The table of settings as texts: README's table, .env.example, --print-config. Pure.
#pragma once

#include <string>

#include "settings/config.hpp"
#include "settings/settings.hpp"

namespace kgw {

std::string flag_of(std::string_view name);      // "DATA_DIR" -> "--data-dir"
std::string meaning_of(const Setting& setting);  // with what its kind adds: the file of a secret, SIGHUP

std::string settings_markdown();
std::string settings_env_example();
// Each value with its source, in columns; secrets masked.
std::string settings_in_use(const LoadedConfig& loaded);

}  // namespace kgw
