// Settings: where they come from, and that all faults come at once.
#include "settings/config.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "settings/outcome_rules_file.hpp"
#include "settings/settings.hpp"

namespace kgw {
namespace {

using Variables = std::map<std::string, std::string>;

LoadedConfig load(const Variables& environment, std::string_view dotenv = "", const Variables& flags = {},
                  const Variables& files = {}) {
  SettingSources sources;
  sources.environment = [&](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  sources.dotenv = dotenv;
  sources.flags = flags;
  sources.read_file = [&](const std::string& path, std::size_t bytes_max) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return Fault{ErrorCode::internal_error, "No such file or directory"};
    if (found->second.size() > bytes_max) return Fault{ErrorCode::internal_error, "it is too large"};
    return found->second;
  };
  return load_config(sources);
}

std::string source_of(const LoadedConfig& loaded, std::string_view name) {
  for (const SettingValue& value : loaded.values)
    if (value.name == name) return value.source;
  return "none";
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

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

TEST(Config, OperationsHaveLimitsOfTheirOwn) {
  const auto limits_of = [](const char* text) { return load({{"OPERATION_MAX_IN_FLIGHT", text}}); };
  EXPECT_TRUE(load({}).config.operation_max_in_flight.empty());
  EXPECT_EQ(limits_of("payment=1, fiscal=12").config.operation_max_in_flight,
            (OperationLimits{{"payment", 1}, {"fiscal", 12}}));
  for (const char* const bad : {"payment", "payment=0", "payment=1001", "payment=x", "payment=", "=1", "a b=1",
                                "payment=1=1", "payment=1,payment=2", "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1"})
    EXPECT_EQ(limits_of(bad).faults.size(), 1U) << bad;
  EXPECT_TRUE(has(describe(limits_of("payment=0").faults), "like payment=1,fiscal=1"));
  EXPECT_TRUE(has(describe(limits_of("payment=1,payment=2").faults), "each operation once"));
}

TEST(Config, APaymentNeverWaitsForAKiosk) {
  const auto waits = [](const char* text) { return load({{"OFFLINE_WAIT_OPERATIONS", text}}); };
  EXPECT_EQ(load({}).config.offline_wait, (std::vector<std::string>{"kds", "print"}));
  EXPECT_EQ(waits("fiscal").config.offline_wait, std::vector<std::string>{"fiscal"});
  EXPECT_TRUE(waits("none").config.offline_wait.empty());
  for (const char* const bad : {"payment", "kds,payment", "a b"})
    EXPECT_EQ(waits(bad).faults.size(), 1U) << bad;
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
  EXPECT_EQ(load({{"KIOSK_RESPONSE_TIMEOUT", "301"}, {"PORT", "x"}}).faults.size(), 2U) << "all at once";
  EXPECT_EQ(load({{"KIOSK_RESPONSE_TIMEOUT", "301"}, {"KIOSK_RESPONSE_TIMEOUT_MAX", "x"}}).faults.size(), 1U);
}

TEST(Config, UniqueOrdersNeedAJournalThatRemembersThem) {
  const LoadedConfig loaded = load({{"UNIQUE_ORDERS", "payment, fiscal"}, {"UNIQUE_ORDERS_WINDOW", "2d"}});
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.config.unique_orders, (std::vector<std::string>{"payment", "fiscal"}));
  EXPECT_EQ(loaded.config.unique_orders_window, std::chrono::hours(48));
  EXPECT_TRUE(load({}).config.unique_orders.empty());
  EXPECT_EQ(load({{"UNIQUE_ORDERS", "two words"}}).faults.size(), 1U);
  const LoadedConfig off = load({{"UNIQUE_ORDERS", "payment"}, {"JOURNAL", "off"}});
  ASSERT_EQ(off.faults.size(), 1U);
  EXPECT_NE(off.faults[0].text.find("JOURNAL=off"), std::string::npos);
  EXPECT_TRUE(load({{"UNIQUE_ORDERS_WINDOW", "40d"}}).faults.empty()) << "of no use without UNIQUE_ORDERS";
  EXPECT_EQ(load({{"UNIQUE_ORDERS", "payment"}, {"UNIQUE_ORDERS_WINDOW", "40d"}}).faults.size(), 1U);
}

TEST(Config, EverySecretMayComeFromAFile) {
  int secrets = 0;
  for (const Setting& setting : settings()) {
    if (!setting.secret) continue;
    ++secrets;
    const std::string name(setting.name);
    const std::string good = "a-secret-that-is-long-enough-for-all";
    const bool redis = name == "REDIS_URL";  // needs another
    std::string text = redis ? "redis://user:password@redis.example:6379/1" : good;
    if (name == "TELEGRAM_BOT_TOKEN") text = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";
    if (name == "TELEGRAM_PROXY") text = "socks5h://user:password@proxy.example:1080";
    Variables others;
    if (redis) others = {{"JWT_SECRET", good}};
    const auto with = [&others](const std::string& one, const std::string& value) {
      auto all = others;
      all.emplace(one, value);
      return all;
    };
    const LoadedConfig direct = load(with(name, text));
    EXPECT_NE(direct.config, Config{}) << name;
    for (const char* const end : {"", "\n", "\r\n"}) {
      const LoadedConfig loaded =
          load(with(name + "_FILE", "/run/secret"), "", {}, {{"/run/secret", text + end}});
      EXPECT_TRUE(loaded.faults.empty()) << name;
      EXPECT_EQ(loaded.config, direct.config) << name;
      EXPECT_EQ(source_of(loaded, name), "/run/secret (" + name + "_FILE, environment)");
    }
  }
  EXPECT_EQ(secrets, 10);
  EXPECT_TRUE(load({{"PORT_FILE", "/run/secret"}}).faults.empty()) << "no secret: only warned about in .env";
}

TEST(Config, AFileThatCantBeReadSaysWhatToDo) {
  const LoadedConfig loaded = load({}, "JWT_SECRET_FILE=/none\n");
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_EQ(describe(loaded.faults),
            "One setting is wrong:\n  JWT_SECRET_FILE: '/none' (.env line 1) can't be read: No such file or "
            "directory. Give the path of a file that the gateway can read.\n");
}

TEST(Config, AnEmptyFileSaysWhatToDo) {
  for (const char* const text : {"", "\n", "\r\n\n"}) {
    const LoadedConfig loaded = load({{"JWT_SECRET_FILE", "/empty"}}, "", {}, {{"/empty", text}});
    ASSERT_EQ(loaded.faults.size(), 1U);
    EXPECT_EQ(loaded.faults[0].name, "JWT_SECRET_FILE");
    EXPECT_TRUE(has(loaded.faults[0].text, "'/empty' (environment) is empty. Write the secret into it"))
        << loaded.faults[0].text;
    EXPECT_EQ(loaded.config.jwt_secret, "");
  }
}

TEST(Config, ASecretAndItsFileTogetherAreAFault) {
  const Variables files{{"/run/secret", "from-the-file-and-long-enough-for-all"}};
  const LoadedConfig loaded = load({{"JWT_SECRET", "given-directly-and-long-enough-for-all"}},
                                   "JWT_SECRET_FILE=/run/secret\n", {}, files);
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_EQ(loaded.faults[0].text,
            "both JWT_SECRET (environment) and JWT_SECRET_FILE (.env line 1) are given; keep one of them");
  EXPECT_TRUE(load({{"JWT_SECRET", ""}, {"JWT_SECRET_FILE", "/run/secret"}}, "", {}, files).faults.empty());
  EXPECT_TRUE(
      load({{"JWT_SECRET", "given-directly-and-long-enough-for-all"}, {"JWT_SECRET_FILE", ""}}).faults.empty());
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

TEST(Config, APlaceholderIsWeakByRuleNotByList) {
  for (const char* const weak :
       {"your_secret_key_here_change_in_production", "your_super_secret_key_here_min_32_chars",
        "CHANGE-ME-please-this-is-only-an-example", "my-very-long-jwt-signing-key-for-kiosks",
        "s3cr3t-p4ssw0rd-s3cr3t-p4ssw0rd-s3cr3t", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabcabcabcabcabc", "0123456789abcdef0123456789abcdef0123456789",
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", "qwertyuiopasdfghjklzxcvbnm1234567890",
        "this-is-the-secret-that-everyone-in-the-whole-company-should-know-about",
        "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"}) {
    const LoadedConfig loaded = load({{"JWT_SECRET", weak}});
    EXPECT_TRUE(loaded.faults.empty()) << weak;
    ASSERT_EQ(loaded.warnings.size(), 1U) << weak;
    EXPECT_TRUE(has(loaded.warnings[0], "JWT_SECRET IS WEAK")) << weak;
    EXPECT_FALSE(has(loaded.warnings[0], weak));
  }
  for (const char* const strong :
       {"hY0m1cUuTn0Y8qgq4wPq7yq3q1x7iZbq0m6mB8x2l1s4g5Jc0y7F3o9dKkV2aNwQ",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "6f1ed002ab5595859014ebf0951522d9",
        "3b241101-e2bb-4255-8caf-4136c566a962",
        "prod-secret-hY0m1cUuTn0Y8qgq4wPq7yq3q1x7iZbq0m6mB8x2l1s4g5Jc0y7F",
        "kiosk:v2:8c1f5d0be7a94c6d8e3b7f2a1c9d4e6f5a0b", "mJ7$kQ2!vR9@xT4#zW6%bY8^nC3&pF5*dH1(gL0)"})
    EXPECT_TRUE(load({{"JWT_SECRET", strong}}).warnings.empty()) << strong;
  const LoadedConfig others =
      load({{"JWT_SECRET_PREVIOUS",
             "hY0m1cUuTn0Y8qgq4wPq7yq3q1x7iZbq0m6mB8x2l1s4g5Jc,your-older-secret-key-for-production"},
            {"ADMIN_API_KEY", "change-me-change-me"},
            {"METRICS_TOKEN", "password12345678"}});
  ASSERT_EQ(others.warnings.size(), 3U);
  EXPECT_TRUE(has(others.warnings[0], "JWT_SECRET_PREVIOUS IS WEAK"));
  EXPECT_TRUE(has(others.warnings[1], "ADMIN_API_KEY IS WEAK"));
  EXPECT_TRUE(has(others.warnings[2], "METRICS_TOKEN IS WEAK"));
}

TEST(Config, ReferencesInDotenvAreReplacedAndUnresolvedOnesRefused) {
  const std::string secret = "hY0m1cUuTn0Y8qgq4wPq7yq3q1x7iZbq0m6mB8x2";
  EXPECT_EQ(load({{"OTHER", secret}}, "JWT_SECRET=${OTHER}\n").config.jwt_secret, secret);
  EXPECT_EQ(
      load({}, "JWT_SECRET_PREVIOUS=" + secret + "\nJWT_SECRET=\"${JWT_SECRET_PREVIOUS}\"\n").config.jwt_secret,
      secret);
  EXPECT_EQ(load({}, "PORT=${MY_PORT:-81}\n").config.port, 81);
  const LoadedConfig unresolved = load({}, "FOO=${BAR}\nJWT_SECRET=${OTHER}\n");
  ASSERT_EQ(unresolved.faults.size(), 1U) << "another program's line stops nothing";
  EXPECT_EQ(unresolved.faults[0].name, ".env");
  EXPECT_TRUE(has(unresolved.faults[0].text, "line 2 refers to ${OTHER}, which is set neither"));
  EXPECT_EQ(unresolved.config.jwt_secret, "");
  EXPECT_EQ(load({}, "A=${NONE}\nJWT_SECRET=${A}\n").faults.size(), 1U) << "nor is what it refers to";
}

TEST(Config, AReferenceThatNothingReplacedIsNoValue) {
  for (const char* const text :
       {"${OTHER}", "$OTHER", "$(openssl rand -hex 32)", "`cat /run/secret`", "${{shared.JWT}}"}) {
    for (const LoadedConfig& loaded : {load({{"JWT_SECRET", text}}), load({}, "", {{"JWT_SECRET", text}}),
                                       load({{"JWT_SECRET_FILE", "/f"}}, "", {}, {{"/f", text}}),
                                       load({}, std::string("JWT_SECRET='") + text + "'\n")}) {
      ASSERT_EQ(loaded.faults.size(), 1U) << text;
      EXPECT_TRUE(has(loaded.faults[0].text, "reference")) << loaded.faults[0].text;
      EXPECT_EQ(loaded.config.jwt_secret, "");
    }
  }
  EXPECT_EQ(load({}, "JWT_SECRET=$OTHER\n").faults.size(), 1U) << "Compose would replace it, python-dotenv not";
  const LoadedConfig dollar = load({}, "NODE_ID=a\nTELEGRAM_PROXY=http://me:a$b@host:1\n");
  ASSERT_EQ(dollar.warnings.size(), 1U);
  EXPECT_TRUE(has(dollar.warnings[0], "line 2 has a $"));
  EXPECT_EQ(dollar.config.telegram_proxy, "http://me:a$b@host:1");
  EXPECT_TRUE(load({}, "TELEGRAM_PROXY='http://me:a$b@host:1'\n").warnings.empty());
}

TEST(Config, ABomInASecretsFileIsNoPartOfIt) {
  const std::string secret = "hY0m1cUuTn0Y8qgq4wPq7yq3q1x7iZbq0m6mB8x2";
  const LoadedConfig loaded =
      load({{"JWT_SECRET_FILE", "/f"}}, "", {}, {{"/f", "\xef\xbb\xbf" + secret + "\r\n"}});
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.config.jwt_secret, secret);
  EXPECT_EQ(load({{"JWT_SECRET_FILE", "/f"}}, "", {}, {{"/f", "\xef\xbb\xbf\n"}}).faults.size(), 1U) << "empty";
  const std::string utf16{"\xff\xfeh\0Y\0", 6};
  EXPECT_TRUE(has(load({{"JWT_SECRET_FILE", "/f"}}, "", {}, {{"/f", utf16}}).faults.at(0).text, "UTF-8"));
  EXPECT_TRUE(has(load({}, utf16).faults.at(0).text, "UTF-16"));
}

TEST(Config, NamesOfTheOlderServiceAreTakenOrNamed) {
  for (const LoadedConfig& loaded :
       {load({{"WS_HOST", "127.0.0.1"}, {"WS_PORT", "81"}}), load({}, "WS_HOST=127.0.0.1\nWS_PORT=81\n")}) {
    EXPECT_TRUE(loaded.faults.empty());
    EXPECT_EQ(loaded.config.host, "127.0.0.1");
    EXPECT_EQ(loaded.config.port, 81);
    ASSERT_EQ(loaded.warnings.size(), 2U);
    EXPECT_TRUE(has(loaded.warnings[0], "WS_HOST")) << loaded.warnings[0];
    EXPECT_TRUE(has(loaded.warnings[0], "it is used as HOST"));
  }
  const LoadedConfig both = load({{"WS_PORT", "81"}, {"PORT", "82"}});
  EXPECT_EQ(both.config.port, 82);
  EXPECT_TRUE(has(both.warnings.at(0), "it is ignored; the new name is PORT"));
  EXPECT_TRUE(has(load({{"WS_PORT", "x"}}).faults.at(0).text, "WS_PORT, environment"));
  const LoadedConfig named = load({{"JWT_SECRET_KEY", "x"}}, "REDIS_HOST=r\n");
  ASSERT_EQ(named.warnings.size(), 2U);
  EXPECT_TRUE(has(named.warnings[0], "REDIS_HOST (.env line 1)") && has(named.warnings[0], "REDIS_URL"));
  EXPECT_TRUE(has(named.warnings[1], "JWT_SECRET_KEY (environment)") && has(named.warnings[1], "JWT_SECRET"));
}

TEST(Config, ASecretAsAFlagIsWarnedAbout) {
  const std::string secret = "hY0m1cUuTn0Y8qgq4wPq7yq3q1x7iZbq0m6mB8x2";
  const LoadedConfig loaded = load({}, "", {{"JWT_SECRET", secret}, {"PORT", "81"}});
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_TRUE(has(loaded.warnings[0], "JWT_SECRET was given as a flag"));
  EXPECT_TRUE(has(loaded.warnings[0], "JWT_SECRET_FILE"));
  EXPECT_FALSE(has(loaded.warnings[0], secret));
}

TEST(Config, SetToNothingIsNotSet) {
  EXPECT_EQ(load({{"PORT", ""}}).config.port, 8000);
  EXPECT_EQ(load({{"PORT", ""}}, "PORT=81\n").config.port, 81);
  EXPECT_EQ(load({{"PORT", "82"}}, "PORT=81\n", {{"PORT", ""}}).config.port, 82);
}

TEST(Config, EachValueSaysWhereItComesFrom) {
  const LoadedConfig loaded = load({{"HOST", "127.0.0.1"}}, "\nNODE_ID=n\nHOST=::1\n", {{"PORT", "81"}});
  EXPECT_EQ(source_of(loaded, "PORT"), "flag");
  EXPECT_EQ(source_of(loaded, "HOST"), "environment");
  EXPECT_EQ(source_of(loaded, "NODE_ID"), ".env line 2");
  EXPECT_EQ(source_of(loaded, "DATA_DIR"), "default");
  EXPECT_EQ(loaded.values.size(), settings().size());
}

TEST(Config, FaultsSayWhereTheValueComesFrom) {
  const LoadedConfig loaded = load({}, "\nPORT=http\n");
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_EQ(loaded.faults[0].text, "'http' (.env line 2) is not allowed; give a port from 0 to 65535");
}

TEST(Config, SecretsAndPasswordsAreNotShown) {
  const LoadedConfig loaded =
      load({{"METRICS_TOKEN", "tell-nobody"}, {"GATEWAY_URL", "http://me:pa/ss@host:1"}});
  EXPECT_EQ(loaded.config.metrics_token, "tell-nobody");
  for (const SettingValue& value : loaded.values) {
    EXPECT_FALSE(has(shown_value(value), "tell")) << value.name;
    EXPECT_FALSE(has(shown_value(value), "ss")) << value.name;
  }
  const auto shown = [&](std::string_view name) {
    for (const SettingValue& value : loaded.values)
      if (value.name == name) return shown_value(value);
    return std::string("none");
  };
  EXPECT_EQ(shown("METRICS_TOKEN"), "********");
  EXPECT_EQ(shown("GATEWAY_URL"), "http://********@host:1");
  EXPECT_EQ(shown("JWT_SECRET"), "") << "unset is no secret";
  const LoadedConfig pushes = load({{"GRAFANA_LOKI_URL", "https://logs.example/push?token=tell-nobody"}});
  for (const SettingValue& value : pushes.values) EXPECT_FALSE(has(shown_value(value), "tell")) << value.name;
  const LoadedConfig slip = load({{"GRAFANA_LOKI_URL", "logs.example/push?token=tell-nobody"}});
  ASSERT_EQ(slip.faults.size(), 1U);
  EXPECT_FALSE(has(slip.faults[0].text, "tell")) << slip.faults[0].text;
  const LoadedConfig wrong = load({{"GATEWAY_URL", "ftp://me:pass@host"}});
  ASSERT_EQ(wrong.faults.size(), 1U);
  EXPECT_FALSE(has(wrong.faults[0].text, "pass"));
  EXPECT_TRUE(has(load({{"PORT", std::string(5000, '9')}}).faults[0].text, "999...' (environment)"));
}

TEST(Config, CredentialsHaveNoSpaces) {
  for (const char* const name : {"ADMIN_API_KEY", "METRICS_TOKEN", "GATEWAY_KEY"}) {
    for (const char* const bad :
         {"a key with spaces", "a-key-with-a\nline-end", "\xd0\xba\xd0\xbb-0123456789abc"})
      EXPECT_EQ(load({{name, bad}}).faults.size(), 1U) << name;
  }
  EXPECT_EQ(load({{"ADMIN_API_KEY", "fifteen-chars--"}}).faults.size(), 1U);
  EXPECT_TRUE(load({{"ADMIN_API_KEY", "sixteen-chars---"}}).faults.empty());
}

TEST(Config, UnknownNamesThatMayBeSecretsAreNotShown) {
  const LoadedConfig loaded = load({}, "Zm9vYmFyYmF6cXV4eHl6enk==\nSMTP_SERVER=x\nport=81\nJWT_SECRT_FILE=x\n");
  ASSERT_EQ(loaded.warnings.size(), 4U);
  const std::string all = loaded.warnings[0] + loaded.warnings[1] + loaded.warnings[2] + loaded.warnings[3];
  EXPECT_FALSE(has(all, "Zm9v"));
  EXPECT_TRUE(has(all, "line 1: this is not a setting"));
  EXPECT_TRUE(has(all, "SMTP_SERVER is not a setting of this gateway and was ignored"));
  EXPECT_TRUE(has(all, "port is not a setting of this gateway and was ignored; did you mean PORT?"));
  EXPECT_TRUE(has(all, "did you mean JWT_SECRET_FILE?"));
  EXPECT_EQ(loaded.config.port, 8000);
}

// --- the table

TEST(Settings, EveryOneIsDescribed) {
  for (const Setting& setting : settings()) {
    EXPECT_FALSE(setting.meaning.empty()) << setting.name;
    EXPECT_FALSE(has(std::string(setting.meaning), "|")) << "it stands in README's table";
    EXPECT_TRUE(is_setting_name(setting.name));
    EXPECT_EQ(is_setting_name(file_name_of(setting)), setting.secret);
    EXPECT_EQ(find_setting(setting.name), &setting);
  }
  EXPECT_EQ(find_setting("NONE"), nullptr);
}

TEST(Settings, TheDefaultThatIsToldIsTheOneThatCounts) {
  for (const Setting& setting : settings()) {
    if (setting.standard.empty()) continue;
    Config config;
    EXPECT_EQ(setting.take(setting.standard, config), "") << setting.name;
    EXPECT_EQ(config, Config{}) << setting.name;
  }
}

TEST(Settings, TheNearestNameIsFoundAndFarOnesAreNot) {
  EXPECT_EQ(near_setting_name("LOGLEVEL"), "LOG_LEVEL");
  EXPECT_EQ(near_setting_name("JWT_SECRETS"), "JWT_SECRET");
  EXPECT_EQ(near_setting_name("TRUST-PROXY"), "TRUST_PROXY");
  EXPECT_EQ(near_setting_name("DATABASE_URL"), "");
  EXPECT_EQ(near_setting_name("SMTP_SERVER"), "");
  EXPECT_EQ(near_setting_name(std::string(1000, 'A')), "");
}

TEST(Config, RulesForAnswersAreReadFromTheirFile) {
  const std::string rules = "payment: [{when: {code: 91}, result: unknown}]";
  const LoadedConfig loaded = load({{"OUTCOME_RULES", "rules.yaml"}}, "", {}, {{"rules.yaml", rules}});
  ASSERT_TRUE(loaded.faults.empty()) << describe(loaded.faults);
  EXPECT_EQ(loaded.config.outcome_rules, parse_outcome_rules(rules).rules);
  EXPECT_EQ(loaded.config.outcome_rules.at("payment")[0].result, AnswerResult::unknown);
  EXPECT_TRUE(load({}).config.outcome_rules.empty());
  const std::string large = rules + std::string(limits::kOutcomeFileBytesMax - rules.size(), '\n');
  EXPECT_TRUE(load({{"OUTCOME_RULES", "a"}}, "", {}, {{"a", large}}).faults.empty()) << "a MiB, not 64 KiB";
  EXPECT_FALSE(load({{"OUTCOME_RULES", "a"}}, "", {}, {{"a", large + "\n"}}).faults.empty());
}

TEST(Config, EveryMistakeInTheRulesComesWithFileLineAndColumn) {
  const LoadedConfig loaded =
      load({{"OUTCOME_RULES", "/etc/rules.yaml"}, {"PORT", "x"}}, "", {},
           {{"/etc/rules.yaml", "payment:\n  - when: {a: b}\n    result: sucess\nb: 1\n"}});
  ASSERT_EQ(loaded.faults.size(), 3U);
  EXPECT_EQ(loaded.faults[0].name, "PORT");
  EXPECT_EQ(loaded.faults[1].name, "OUTCOME_RULES");
  EXPECT_TRUE(has(loaded.faults[1].text,
                  "'/etc/rules.yaml', line 3, column 13: 'sucess' is not a result; did you mean success?"));
  EXPECT_TRUE(has(loaded.faults[2].text, "'/etc/rules.yaml', line 4, column 4: expected a list of rules"));

  const LoadedConfig missing = load({{"OUTCOME_RULES", "none.yaml"}});
  ASSERT_EQ(missing.faults.size(), 1U);
  EXPECT_TRUE(has(missing.faults[0].text, "'none.yaml' can't be read: No such file or directory"));
}

}  // namespace
}  // namespace kgw
