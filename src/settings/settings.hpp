// The one table of settings (PROTOCOL.md 6): names, defaults, forms and meanings. Everything else about
// settings comes from it: what is read, --help, check-config, --print-config, README's table, .env.example, and
// what a SIGHUP may change. A new setting is one row in settings_table.cpp and one member of Config. Pure.
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
  live,      // SIGHUP changes it
  cli,       // only the commands read it, each time
};

struct Setting {
  std::string_view name;
  std::string_view standard;  // the default, as one would write it; empty: unset
  std::string_view meaning;   // one line for people
  // Its value is shown nowhere, and may come from the file that NAME_FILE names.
  bool secret = false;
  SettingUse use = SettingUse::at_start;
  Allowed (*take)(std::string_view, Config&) = nullptr;
};

std::span<const Setting> settings();

const Setting* find_setting(std::string_view name);  // nullptr: none of that name
// True for the settings' names, and NAME_FILE for each secret.
bool is_setting_name(std::string_view name);
// The known name that `name` looks like a slip of; empty when none is near.
std::string near_setting_name(std::string_view name);
std::string file_name_of(const Setting& secret);  // "JWT_SECRET_FILE"

}  // namespace kgw
