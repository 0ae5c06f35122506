// The one table of settings (PROTOCOL.md 6): names, defaults, forms and meanings. Everything else about
// settings is derived from it: what is read, --help, check-config, --print-config, README's table,
// .env.example, and what SIGHUP may change. A new setting is one row in settings_table.cpp and one member of
// Config. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "settings/config.hpp"
#include "settings/setting_parsers.hpp"

namespace kgw {

enum class SettingUse : std::uint8_t {
  at_start,  // a change needs a restart
  live,      // SIGHUP applies it
  cli,       // read by the commands only, each time
};

struct Setting {
  std::string_view name;
  std::string_view standard;  // the default as one would write it; empty: unset
  std::string_view meaning;   // one line for people
  // Never shown; may come from the file that NAME_FILE names.
  bool secret = false;
  SettingUse use = SettingUse::at_start;
  Allowed (*take)(std::string_view, Config&) = nullptr;
};

std::span<const Setting> settings();

const Setting* find_setting(std::string_view name);  // nullptr if there is none of that name
// True for the settings' names and, for each secret, NAME_FILE.
bool is_setting_name(std::string_view name);
// Returns the known name that `name` is probably a typo of, or "".
std::string near_setting_name(std::string_view name);
std::string file_name_of(const Setting& secret);  // "JWT_SECRET_FILE"

}  // namespace kgw
