#include "settings/settings_text.hpp"

#include <sstream>

#include "base/ascii.hpp"
#include "base/table.hpp"

namespace kgw {

std::string flag_of(std::string_view name) {
  std::string flag = "--";
  for (const char c : name) flag.push_back(c == '_' ? '-' : ascii::lower(c));
  return flag;
}

std::string meaning_of(const Setting& setting) {
  std::string text(setting.meaning);
  if (setting.secret) text += " (or from the file in " + file_name_of(setting) + ")";
  if (setting.use == SettingUse::live) text += " (reread on SIGHUP)";
  return text;
}

std::string settings_markdown() {
  std::string text = "| setting | default | meaning |\n|---|---|---|\n";
  for (const Setting& setting : settings()) {
    text += "| `" + std::string(setting.name) + "` | ";
    if (!setting.standard.empty()) text += "`" + std::string(setting.standard) + "` ";
    text += "| " + meaning_of(setting) + " |\n";
  }
  return text;
}

std::string settings_env_example() {
  std::string text =
      "# Settings of kiosk-gateway. Copy this file to .env, and remove the # from each line that you change.\n"
      "# Quote values that contain spaces, quotes or #: 'like this'. An empty value means not set.\n"
      "# `kiosk-gateway check-config` reports mistakes; `kiosk-gateway serve --print-config` shows the values "
      "in use.\n";
  for (const Setting& setting : settings()) {
    const std::string name(setting.name);
    text += "\n# " + meaning_of(setting) + "\n#" + name + "=" + std::string(setting.standard) + "\n";
    if (setting.secret) text += "#" + file_name_of(setting) + "=\n";
  }
  return text;
}

std::string settings_in_use(const LoadedConfig& loaded) {
  Table table({"SETTING", "VALUE", "SOURCE"});
  for (const SettingValue& value : loaded.values) {
    const std::string shown = shown_value(value);
    table.add({std::string(value.name), shown.empty() ? "(unset)" : shown, value.source});
  }
  std::ostringstream out;
  table.print(out);
  return std::move(out).str();
}

}  // namespace kgw
