#include "settings/settings_sources.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/clock.hpp"
namespace kgw {
namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace

LoadedConfig read_settings(const std::map<std::string, std::string>& flags, Reading reading) {
  static const char* const kDotenv = ".env";
  SettingSources sources;
  sources.environment = environment;
  sources.flags = flags;
  sources.now = SystemClock().now().wall;
  sources.read_file = [reading](const std::string& path, std::size_t bytes_max) {
    return read_settings_file(path, reading, bytes_max);
  };
  std::error_code ignored;
  const bool there =
      std::filesystem::symlink_status(kDotenv, ignored).type() != std::filesystem::file_type::not_found;
  auto dotenv = there ? read_settings_file(kDotenv, reading) : Result<std::string>(std::string());
  if (dotenv) sources.dotenv = std::move(*dotenv);
  LoadedConfig loaded = load_config(sources);
  if (!dotenv)
    loaded.faults.insert(loaded.faults.begin(),
                         {kDotenv, "can't be read: " + dotenv.error().message +
                                       ". Make it readable for the gateway's user, or remove it"});
  return loaded;
}

}  // namespace kgw
