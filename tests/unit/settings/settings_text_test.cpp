// The texts that are made from the table. That README.md and .env.example are these texts is tools/docs
// --check.
#include "settings/settings_text.hpp"

#include <gtest/gtest.h>

#include "env/dotenv.hpp"

namespace kgw {
namespace {

LoadedConfig load(const std::string& dotenv) {
  SettingSources sources;
  sources.dotenv = dotenv;
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.read_file = [](const std::string&, std::size_t) -> Result<std::string> {
    return std::string("from-a-file-0123456789");
  };
  return load_config(sources);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(SettingsText, Flags) {
  EXPECT_EQ(flag_of("PORT"), "--port");
  EXPECT_EQ(flag_of("JWT_SECRET_FILE"), "--jwt-secret-file");
}

TEST(SettingsText, TheTableHasEverySettingOnce) {
  const std::string table = settings_markdown();
  for (const Setting& setting : settings()) {
    const std::string row = "\n| `" + std::string(setting.name) + "` | ";
    EXPECT_TRUE(has(table, row)) << setting.name;
    EXPECT_EQ(table.find(row), table.rfind(row));
    EXPECT_EQ(has(table, "(or from the file in " + file_name_of(setting) + ")"), setting.secret)
        << setting.name;
  }
  EXPECT_TRUE(has(table, "| `LOG_LEVEL` | `INFO` | DEBUG, INFO, WARNING or ERROR (reread on SIGHUP) |"));
}

TEST(SettingsText, TheExampleSaysNothingAndWithoutItsMarksTheDefaults) {
  std::string example = settings_env_example();
  EXPECT_TRUE(parse_dotenv(example).entries.empty());
  EXPECT_TRUE(parse_dotenv(example).faults.empty());
  for (const Setting& setting : settings()) {
    const std::string line = "\n#" + std::string(setting.name) + "=";
    ASSERT_TRUE(has(example, line)) << setting.name;
    example.replace(example.find(line), 2, "\n");
    if (setting.secret) example.replace(example.find("\n#" + file_name_of(setting) + "=\n"), 2, "\n");
  }
  const LoadedConfig loaded = load(example);
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_TRUE(loaded.warnings.empty());
  EXPECT_EQ(loaded.config, load("").config);
}

TEST(SettingsText, WhatIsInUseSaysTheSourceAndNoSecret) {
  const std::string text = settings_in_use(
      load("PORT=81\nADMIN_API_KEY=tell-nobody-0123456789\nMETRICS_TOKEN_FILE=/run/token\nNODE_ID='n:1'\n"));
  EXPECT_TRUE(has(text, "SETTING"));
  EXPECT_TRUE(has(text, "\nPORT  ")) << text;
  EXPECT_FALSE(has(text, "tell-nobody"));
  EXPECT_FALSE(has(text, "from-a-file"));
  const auto line = [&](const std::string& name) {
    const std::size_t at = text.find("\n" + name + " ") + 1;
    std::string squeezed;
    for (const char c : text.substr(at, text.find('\n', at) - at))
      if (c != ' ' || !squeezed.ends_with(' ')) squeezed += c;
    return squeezed;
  };
  EXPECT_EQ(line("PORT"), "PORT 81 .env line 1");
  EXPECT_EQ(line("HOST"), "HOST :: default");
  EXPECT_EQ(line("NODE_ID"), "NODE_ID n:1 .env line 4");
  EXPECT_EQ(line("JWT_SECRET"), "JWT_SECRET (unset) default");
  EXPECT_EQ(line("ADMIN_API_KEY"), "ADMIN_API_KEY ******** .env line 2");
  EXPECT_EQ(line("METRICS_TOKEN"), "METRICS_TOKEN ******** /run/token (METRICS_TOKEN_FILE, .env line 3)");
}

}  // namespace
}  // namespace kgw
