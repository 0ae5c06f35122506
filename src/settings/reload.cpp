#include "settings/reload.hpp"

#include <algorithm>
#include <utility>

#include "settings/settings.hpp"

namespace kgw {
namespace {

const SettingValue* find(const std::vector<SettingValue>& values, std::string_view name) {
  const auto found =
      std::find_if(values.begin(), values.end(), [name](const SettingValue& one) { return one.name == name; });
  return found == values.end() ? nullptr : &*found;
}

std::string difference(const SettingValue& before, const SettingValue& after) {
  const auto shown = [](const SettingValue& value) {
    const std::string text = shown_value(value);
    return text.empty() ? std::string("(unset)") : text;
  };
  std::string text(after.name);
  if (!after.secret) text += ": " + shown(before) + " -> " + shown(after);
  return text;
}

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

SettingsChange compare_settings(const std::vector<SettingValue>& in_use,
                                const std::vector<SettingValue>& read) {
  SettingsChange change;
  for (const Setting& setting : settings()) {
    if (setting.use == SettingUse::cli) continue;
    const SettingValue* const before = find(in_use, setting.name);
    const SettingValue* const after = find(read, setting.name);
    if (before == nullptr || after == nullptr || before->text == after->text) continue;
    append(setting.use == SettingUse::live ? change.changed : change.needs_restart,
           difference(*before, *after));
  }
  return change;
}

Reload::Reload(std::vector<SettingValue> in_use, Read read, Loop& loop, Log& log)
    : in_use_(std::move(in_use)), read_(std::move(read)), loop_(loop), log_(log) {}

Reload::~Reload() = default;

void Reload::start() {
  if (running_) once_more_ = true;
  else launch();
}

void Reload::launch() {
  running_ = true;
  reader_ = std::jthread([this] {
    LoadedConfig read = read_();
    {
      const std::lock_guard lock(mutex_);
      done_ = std::move(read);
    }
    loop_.wake();
  });
}

void Reload::poll() {
  if (!running_) return;
  std::optional<LoadedConfig> read;
  {
    const std::lock_guard lock(mutex_);
    read = std::exchange(done_, std::nullopt);
  }
  if (!read) return;
  running_ = false;
  finish(*read);
  if (std::exchange(once_more_, false)) launch();
}

void Reload::finish(const LoadedConfig& read) {
  if (!read.faults.empty()) {
    log_.write(LogLevel::error, "settings_not_reloaded", {{"reason", describe(read.faults)}});
    return;
  }
  for (const std::string& warning : read.warnings)
    log_.write(LogLevel::warning, "setting", {{"warning", warning}});
  apply(read);
}

void Reload::apply(const LoadedConfig& read) {
  const SettingsChange change = compare_settings(in_use_, read.values);
  // The line must be written if either level allows it, the old or the new one.
  const LogLevel level = change.needs_restart.empty() ? LogLevel::info : LogLevel::warning;
  const bool seen = log_.enabled(level);
  if (!seen) log_.set_level(read.config.log_level);
  log_.write(
      level, "settings_reloaded",
      {{"changed", change.changed.empty() ? std::string_view("nothing") : change.changed},
       {"needs_restart", change.needs_restart.empty() ? std::string_view("nothing") : change.needs_restart}});
  log_.set_level(read.config.log_level);
  for (const auto& applied : applied_) applied(read.config);
  for (SettingValue& value : in_use_) {
    const Setting* const setting = find_setting(value.name);
    if (setting->use == SettingUse::live) value = *find(read.values, value.name);
  }
}

}  // namespace kgw
