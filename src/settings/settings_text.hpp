// The table of settings as text: README's table, .env.example, --print-config. Pure.
#pragma once

#include <string>

#include "settings/config.hpp"
#include "settings/settings.hpp"

namespace kgw {

std::string flag_of(std::string_view name);  // "DATA_DIR" -> "--data-dir"
// With additions for its kind: a secret's file, SIGHUP.
std::string meaning_of(const Setting& setting);

std::string settings_markdown();
std::string settings_env_example();
// Every value with its source, in columns; secrets are masked.
std::string settings_in_use(const LoadedConfig& loaded);

}  // namespace kgw
