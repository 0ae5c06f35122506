// Settings: where they come from, and that all faults come at once.
#include "gateway/config.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using Variables = std::map<std::string, std::string>;

LoadedConfig load(const Variables& environment, std::string_view dotenv = "", const Variables& flags = {},
                  const Variables& files = {}) {
  const auto look_up = [](const Variables& in) {
    return [&in](const std::string& name) {
      const auto found = in.find(name);
      return found == in.end() ? std::nullopt : std::optional(found->second);
    };
  };
  return load_config(look_up(environment), dotenv, flags, look_up(files));
}

TEST(Config, NothingHasToBeSet) {
  const LoadedConfig loaded = load({});
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_TRUE(loaded.warnings.empty());
  EXPECT_EQ(loaded.config.port, 8000);
  EXPECT_EQ(loaded.config.gateway_url, "http://127.0.0.1:8000");
  EXPECT_TRUE(loaded.config.journal_strict);
}

TEST(Config, FlagsWinOverEnvironmentOverDotenv) {
  EXPECT_EQ(load({}, "PORT=1\n").config.port, 1);
  EXPECT_EQ(load({{"PORT", "2"}}, "PORT=1\n").config.port, 2);
  EXPECT_EQ(load({{"PORT", "2"}}, "PORT=1\n", {{"PORT", "3"}}).config.port, 3);
}

TEST(Config, AllFaultsComeAtOnceAndSecretsAreNotShown) {
  const LoadedConfig loaded = load(
      {{"PORT", "99999"}, {"JOURNAL", "maybe"}, {"ADMIN_API_KEY", "sh ort"}, {"JWT_EXPIRATION_DAYS", "0"}});
  ASSERT_EQ(loaded.faults.size(), 4U);
  const std::string text = describe(loaded.faults);
  for (const char* const part :
       {"PORT", "99999", "JOURNAL", "maybe", "ADMIN_API_KEY", "JWT_EXPIRATION_DAYS", "4 settings"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
  EXPECT_EQ(text.find("sh ort"), std::string::npos);
}

TEST(Config, DotenvTakesCommentsQuotesAndExport) {
  const LoadedConfig loaded =
      load({}, "\xef\xbb\xbf# comment\r\n\nexport PORT = \"81\"\r\nDATA_DIR='/x y'\nNOT A LINE\n");
  EXPECT_EQ(loaded.config.port, 81);
  EXPECT_EQ(loaded.config.data_dir, "/x y");
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_NE(loaded.faults[0].text.find("line 5"), std::string::npos);
}

TEST(Config, UnknownNamesInDotenvAreWarnedAboutWithTheNearest) {
  const LoadedConfig loaded = load({}, "KIOSK_RESPONSE_TIMOUT=5\n");
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_NE(loaded.warnings[0].find("did you mean KIOSK_RESPONSE_TIMEOUT?"), std::string::npos);
}

TEST(Config, DurationsHaveUnits) {
  EXPECT_EQ(load({{"KIOSK_RESPONSE_TIMEOUT", "2m"}}).config.timeout, std::chrono::seconds(120));
  EXPECT_EQ(load({{"JOURNAL_RETENTION", "2d"}}).config.journal_retention, std::chrono::hours(48));
  for (const char* const bad : {"", "m", "-1", "1.5", "10w", "1 s", "99999999999999999999"}) {
    const LoadedConfig loaded = load({{"DRAIN_TIMEOUT", bad}});
    EXPECT_EQ(loaded.faults.empty(), *bad == '\0') << bad;
  }
}

TEST(Config, TheTimeoutMustNotExceedItsMaximum) {
  EXPECT_EQ(load({{"KIOSK_RESPONSE_TIMEOUT", "301"}}).faults.size(), 1U);
  EXPECT_TRUE(load({{"KIOSK_RESPONSE_TIMEOUT", "301"}, {"KIOSK_RESPONSE_TIMEOUT_MAX", "400"}}).faults.empty());
}

TEST(Config, SecretsMayComeFromFiles) {
  const Variables files{{"/run/secret", "a-secret-that-is-long-enough-for-all\n"}};
  const LoadedConfig loaded = load({{"JWT_SECRET_FILE", "/run/secret"}}, "", {}, files);
  EXPECT_EQ(loaded.config.jwt_secret, "a-secret-that-is-long-enough-for-all");
  EXPECT_EQ(load({{"JWT_SECRET_FILE", "/none"}}).faults.size(), 1U);
}

TEST(Config, AWeakSecretIsWarnedAboutAndTaken) {
  for (const char* const weak : {"tiny-one", "your-secret-key-change-in-production"}) {
    const LoadedConfig loaded = load({{"JWT_SECRET", weak}});
    EXPECT_TRUE(loaded.faults.empty());
    ASSERT_EQ(loaded.warnings.size(), 1U) << weak;
    EXPECT_EQ(loaded.config.jwt_secret, weak);
    EXPECT_EQ(loaded.warnings[0].find(weak), std::string::npos);
  }
}

TEST(Config, SetToNothingIsNotSet) { EXPECT_EQ(load({{"PORT", ""}}, "", {}).config.port, 8000); }

TEST(Config, EverySettingIsDescribed) {
  for (const SettingInfo& setting : settings()) EXPECT_FALSE(setting.meaning.empty()) << setting.name;
}

}  // namespace
}  // namespace kgw
