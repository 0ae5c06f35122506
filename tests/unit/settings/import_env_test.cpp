// import-env: the older service's .env becomes one that this gateway reads, and says what changed.
#include "settings/import_env.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "env/dotenv.hpp"
#include "settings/config.hpp"
#include "settings/older_names.hpp"
#include "settings/settings.hpp"

namespace kgw {
namespace {

std::string value(const ImportedEnv& imported, const std::string& name) {
  const auto read = parse_dotenv(imported.dotenv);
  const auto found = read.entries.find(name);
  return found == read.entries.end() ? "unset" : found->second.value;
}

bool noted(const ImportedEnv& imported, std::string_view part) {
  for (const std::string& note : imported.notes)
    if (note.find(part) != std::string::npos) return true;
  return false;
}

TEST(ImportEnv, NamesChangeAndValuesStay) {
  const auto imported = import_env(
      "WS_PORT=9000\nJWT_SECRET_KEY='a b#c'\nBOT_TOKEN=123:abc\nADMIN_IDS=1,2\nLOG_LEVEL=DEBUG\n"
      "KIOSK_TIMEOUT=50\n");
  EXPECT_EQ(value(imported, "PORT"), "9000");
  EXPECT_EQ(value(imported, "JWT_SECRET"), "a b#c");
  EXPECT_EQ(value(imported, "TELEGRAM_BOT_TOKEN"), "123:abc");
  EXPECT_EQ(value(imported, "TELEGRAM_ADMIN_IDS"), "1,2");
  EXPECT_EQ(value(imported, "LOG_LEVEL"), "DEBUG");
  EXPECT_EQ(value(imported, "KIOSK_RESPONSE_TIMEOUT"), "50");
  EXPECT_EQ(value(imported, "JWT_SECRET_KEY"), "unset");
  EXPECT_TRUE(noted(imported, "JWT_SECRET_KEY is called JWT_SECRET here"));
  EXPECT_TRUE(imported.faults.empty());
}

TEST(ImportEnv, EachOlderNameLeadsToASetting) {
  for (const OlderName& older : kOlderNames) EXPECT_NE(find_setting(older.successor), nullptr) << older.name;
}

TEST(ImportEnv, ASecretStaysByteForByte) {
  for (const char* secret : {"it's", "a\"b", "a$b", "$HOME", "${X}", "a\\b", "a'\"\\$b", "#x", " x "}) {
    std::string line = "JWT_SECRET=\"";
    for (const char* c = secret; *c != 0; ++c)
      line += (*c == '"' || *c == '\\' || *c == '$') ? std::string("\\") + *c : std::string(1, *c);
    const auto imported = import_env(line + "\"\n");
    EXPECT_TRUE(imported.faults.empty());
    EXPECT_EQ(value(imported, "JWT_SECRET"), secret);
  }
}

TEST(ImportEnv, RedisInPartsBecomesOneUrl) {
  EXPECT_EQ(value(import_env("REDIS_HOST=cache\n"), "REDIS_URL"), "redis://cache:6379/0");
  EXPECT_EQ(
      value(import_env("REDIS_HOST=::1\nREDIS_PORT=6380\nREDIS_DB=3\nREDIS_PASSWORD='p@s/s'\n"), "REDIS_URL"),
      "redis://:p%40s%2Fs@[::1]:6380/3");
  const auto both = import_env("REDIS_URL=redis://a/1\nREDIS_HOST=b\n");
  EXPECT_EQ(value(both, "REDIS_URL"), "redis://a/1");
  EXPECT_EQ(value(import_env("REDIS_PASSWORD=x\n"), "REDIS_URL"), "unset");
}

TEST(ImportEnv, OursWinsAndADifferenceIsSaid) {
  const auto imported = import_env("PORT=1\nWS_PORT=2\nAPI_PORT=1\n");
  EXPECT_EQ(value(imported, "PORT"), "1");
  EXPECT_TRUE(noted(imported, "WS_PORT was left out"));
  EXPECT_FALSE(noted(imported, "API_PORT"));
}

TEST(ImportEnv, WhatIsUnknownIsLeftOutWithoutItsText) {
  const auto imported = import_env("SENTRY_DSN=https://secret@sentry\nJWT_SECRET=x\n");
  EXPECT_TRUE(noted(imported, "line 1 was left out"));
  EXPECT_EQ(imported.dotenv.find("sentry"), std::string::npos);
  for (const std::string& note : imported.notes) EXPECT_EQ(note.find("secret@"), std::string::npos);
}

TEST(ImportEnv, NobodyMayChargeWithoutAKeyUnlessSomebodySaysSo) {
  const auto imported = import_env("JWT_SECRET=x\n");
  EXPECT_EQ(value(imported, "ALLOW_UNAUTHENTICATED_SEND"), "unset");
  EXPECT_NE(imported.dotenv.find("#ALLOW_UNAUTHENTICATED_SEND=true"), std::string::npos);
  EXPECT_TRUE(noted(import_env("PORT=1\n"), "no JWT_SECRET"));
}

TEST(ImportEnv, AReferenceToTheEnvironmentIsAFault) {
  const auto imported = import_env("JWT_SECRET=${NOWHERE}\nPORT=1\n");
  ASSERT_EQ(imported.faults.size(), 1U);
  EXPECT_NE(imported.faults[0].find("JWT_SECRET"), std::string::npos);
  EXPECT_EQ(value(imported, "PORT"), "1");
}

TEST(ImportEnv, WhatItWritesTheGatewayReadsWithoutAFault) {
  SettingSources sources;
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.read_file = [](const std::string&, std::size_t) -> Result<std::string> { return std::string(); };
  const auto imported =
      import_env("WS_PORT=9000\nSECRET_KEY=k9Vq2mZr7XwT4bLs8NfHc3YdGe6JpA1u\nREDIS_HOST=cache\n");
  sources.dotenv = imported.dotenv;
  const auto loaded = load_config(sources);
  EXPECT_TRUE(loaded.faults.empty());
  for (const std::string& warning : loaded.warnings)
    EXPECT_EQ(warning.find("older service"), std::string::npos) << warning;
  EXPECT_EQ(loaded.config.port, 9000);
}

}  // namespace
}  // namespace kgw
