#include "program/settings_commands.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "env/read_file.hpp"
#include "program/demo_command.hpp"
#include "settings/import_env.hpp"
#include "settings/secrets.hpp"
#include "settings/settings_sources.hpp"
#include "settings/settings_text.hpp"

namespace kgw {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitConfiguration = 78;

void print_warnings(const LoadedConfig& loaded) {
  for (const std::string& warning : loaded.warnings) std::cerr << "warning: " << warning << "\n";
}

// Adds faults that would prevent a start although every setting is valid: files in DATA_DIR that can't be
// used.
void check_data_dir(LoadedConfig& loaded) {
  const std::filesystem::path dir = loaded.config.data_dir;
  std::error_code ignored;
  const auto kind = std::filesystem::status(dir, ignored).type();
  if (kind == std::filesystem::file_type::not_found) return;  // the first start creates it
  if (kind != std::filesystem::file_type::directory) {
    loaded.faults.push_back(
        {"DATA_DIR", "'" + loaded.config.data_dir + "' is not a directory; give a directory"});
    return;
  }
  const auto check = [&](const char* name, const std::string& setting) {
    const std::filesystem::path file = dir / name;
    if (!setting.empty() || !std::filesystem::exists(file, ignored) || !read_secret(file).empty()) return;
    loaded.faults.push_back(
        {"DATA_DIR", file.string() +
                         " exists but is empty or can't be read. Check its permissions, or remove it to have a "
                         "new secret made (everything signed with the old one stops working)"});
  };
  check("jwt.secret", loaded.config.jwt_secret);
  check("admin.key", loaded.config.admin_api_key);
}

}  // namespace

void SettingsCommands::install(CLI::App& app, CLI::App& serve) {
  const auto add_flag = [&](const std::string& name, const std::string& meaning, const std::string& group) {
    app.add_option_function<std::string>(
           flag_of(name), [this, name](const std::string& value) { flags_[name] = value; }, meaning)
        ->group(group)
        ->type_name("");
  };
  for (const Setting& setting : settings()) {
    std::string meaning(meaning_of(setting));
    if (!setting.standard.empty()) meaning += " [" + std::string(setting.standard) + "]";
    add_flag(std::string(setting.name), meaning,
             "Settings (each can also be set in the environment or .env; for example PORT for --port)");
    // Not listed: the secret's own line mentions it.
    if (setting.secret) add_flag(file_name_of(setting), "", "");
  }
  serve.add_flag("--print-config", print_config_,
                 "Print each setting's value and where it comes from, with secrets masked, and exit");
  check_ = app.add_subcommand("check-config", "check the settings for mistakes and exit");
  check_->footer(
      "Exit status 0: the gateway can start with these settings; 78: it can't, and every mistake was "
      "reported.");
  import_ = app.add_subcommand("import-env", "turn the older service's .env into one for this gateway");
  import_->add_option("FILE", import_file_, "The older service's .env")->required();
  import_->footer(
      "Prints the new .env, with the old one's secrets, and says on stderr what changed:\n"
      "kiosk-gateway import-env old/.env > .env\n"
      "Exit status 1: some lines could not be read.");
  // For tools/docs; not in the list of commands, as operators have no use for it.
  texts_ = app.add_subcommand("settings", "print the settings for the documentation")->group("");
  CLI::Option* const markdown = texts_->add_flag("--markdown", markdown_, "README.md's table");
  texts_->add_flag("--env", env_, ".env.example")->excludes(markdown);
}

LoadedConfig SettingsCommands::load() const { return read_settings(flags_, Reading::at_start); }

std::optional<int> SettingsCommands::run(const LoadedConfig& loaded) const {
  if (*texts_) return print_texts();
  if (*import_) return print_imported();
  if (print_config_) {
    std::cout << settings_in_use(loaded) << std::flush;
    if (!accept_settings(loaded)) return kExitConfiguration;
    print_warnings(loaded);
    return 0;
  }
  if (!*check_) return std::nullopt;
  LoadedConfig checked = loaded;
  check_data_dir(checked);
  if (!accept_settings(checked)) return kExitConfiguration;
  print_warnings(checked);
  std::cout << "The settings are valid" << (checked.warnings.empty() ? "" : ", but read the warnings") << ".\n";
  return 0;
}

int SettingsCommands::print_texts() const {
  if (!markdown_ && !env_) {
    std::cerr << "Choose one: kiosk-gateway settings --markdown, or --env\n";
    return kExitUsage;
  }
  std::cout << (markdown_ ? settings_markdown() : settings_env_example()) << std::flush;
  return 0;
}

int SettingsCommands::print_imported() const {
  const auto text = read_settings_file(import_file_, Reading::at_start);
  if (!text) {
    std::cerr << "kiosk-gateway: " << import_file_ << " can't be read: " << text.error().message << "\n";
    return 1;
  }
  const ImportedEnv imported = import_env(*text);
  std::cout << imported.dotenv << std::flush;
  for (const std::string& note : imported.notes) std::cerr << note << "\n";
  for (const std::string& fault : imported.faults) std::cerr << "not read: " << fault << "\n";
  return imported.faults.empty() ? 0 : 1;
}

bool accept_settings(const LoadedConfig& loaded) {
  if (loaded.faults.empty()) return true;
  std::cerr << "kiosk-gateway: " << describe(loaded.faults);
  print_warnings(loaded);
  return false;
}

std::string command_key(const Config& config) {
  if (!config.gateway_key.empty()) return config.gateway_key;
  if (!config.admin_api_key.empty()) return config.admin_api_key;
  std::string key = read_secret(std::filesystem::path(config.data_dir) / "admin.key");
  if (key.empty() && config.data_dir == Config{}.data_dir)
    key = read_secret(std::filesystem::path(kDemoDataDir) / "admin.key");
  return key;
}

}  // namespace kgw
