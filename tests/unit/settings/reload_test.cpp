// SIGHUP: what changes, what waits for a restart, and that a mistake changes nothing.
#include "settings/reload.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <latch>

namespace kgw {
namespace {

LoadedConfig load(const std::string& dotenv) {
  SettingSources sources;
  sources.dotenv = dotenv;
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.read_file = [](const std::string& path, std::size_t) -> Result<std::string> {
    return "what stands in " + path;
  };
  return load_config(sources);
}

std::pair<std::string, std::string> change(const std::string& before, const std::string& after) {
  const SettingsChange found = compare_settings(load(before).values, load(after).values);
  return {found.changed, found.needs_restart};
}

using Pair = std::pair<std::string, std::string>;

TEST(SettingsChange, OnlyTheLogLevelMayChange) {
  EXPECT_EQ(change("PORT=1\n", "PORT=1\n"), Pair("", ""));
  EXPECT_EQ(change("", "LOG_LEVEL=DEBUG\n"), Pair("LOG_LEVEL: INFO -> DEBUG", ""));
  EXPECT_EQ(change("LOG_LEVEL=ERROR\n", "PORT=81\nNODE_ID=n\n"),
            Pair("LOG_LEVEL: ERROR -> INFO", "PORT: 8000 -> 81, NODE_ID: (unset) -> n"));
}

TEST(SettingsChange, TheDefaultWrittenOutIsNoChange) { EXPECT_EQ(change("", "PORT=8000\n"), Pair("", "")); }

TEST(SettingsChange, SecretsAreOnlyNamed) {
  EXPECT_EQ(change("JWT_SECRET=one\n", "JWT_SECRET=two\n"), Pair("", "JWT_SECRET"));
  EXPECT_EQ(change("JWT_SECRET_FILE=/a\n", "JWT_SECRET_FILE=/b\n"), Pair("", "JWT_SECRET"));
  EXPECT_EQ(change("", "JWT_SECRET_PREVIOUS=old\n"), Pair("", "JWT_SECRET_PREVIOUS"));
  EXPECT_EQ(change("JWT_SECRET='what stands in /a'\n", "JWT_SECRET_FILE=/a\n"), Pair("", ""));
}

TEST(SettingsChange, WhatOnlyTheCommandsReadIsNoChange) {
  EXPECT_EQ(change("", "GATEWAY_KEY=key\nGATEWAY_URL=http://host\n"), Pair("", ""));
}

// Everything but signals: the test calls start(), and runs the loop until a reading is done.
class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() {
    EXPECT_EQ(pipe(ends_), 0);
    log_.emplace(clock_, Log::Settings{LogLevel::info, false, ends_[1]});
  }
  ~ReloadTest() override { close(ends_[0]); }

  void open(const std::string& dotenv) {
    const LoadedConfig loaded = load(dotenv);
    log_->set_level(loaded.config.log_level);
    reload_.emplace(
        loaded.values,
        [this] {
          ++readings_;
          if (gate_ != nullptr) gate_->wait();
          return load(dotenv_);
        },
        loop_, *log_);
    loop_.set_on_wake([this] {
      reload_->poll();
      if (--awaited_ == 0) loop_.stop();
    });
  }
  void reload(const std::string& dotenv) {
    dotenv_ = dotenv;
    awaited_ = 1;
    reload_->start();
    loop_.run();
  }
  // All that was logged; ends the log.
  std::string logged() {
    reload_.reset();
    log_.reset();
    close(ends_[1]);
    std::string all;
    char some[4096];
    for (ssize_t n = 0; (n = read(ends_[0], some, sizeof some)) > 0;)
      all.append(some, static_cast<std::size_t>(n));
    return all;
  }

  SystemClock clock_;
  Loop loop_{clock_};
  int ends_[2] = {-1, -1};
  std::optional<Log> log_;
  std::optional<Reload> reload_;
  std::string dotenv_;
  std::atomic<int> readings_ = 0;
  int awaited_ = 0;
  std::latch* gate_ = nullptr;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(ReloadTest, TheLogLevelChanges) {
  open("");
  reload("LOG_LEVEL=DEBUG\n");
  EXPECT_TRUE(log_->enabled(LogLevel::debug));
  const std::string all = logged();
  EXPECT_EQ(lines(all), 1U) << all;
  EXPECT_TRUE(has(all, R"("level":"info","event":"settings_reloaded","changed":"LOG_LEVEL: INFO -> DEBUG",)"
                       R"("needs_restart":"nothing"})"))
      << all;
}

TEST_F(ReloadTest, TheLineIsSeenWhicheverLevelShowsIt) {
  open("LOG_LEVEL=ERROR\n");
  reload("");
  EXPECT_TRUE(log_->enabled(LogLevel::info));
  reload("LOG_LEVEL=ERROR\n");
  EXPECT_FALSE(log_->enabled(LogLevel::warning));
  reload("LOG_LEVEL=ERROR\n");
  const std::string all = logged();
  EXPECT_EQ(lines(all), 2U) << all;
  EXPECT_TRUE(has(all, "ERROR -> INFO") && has(all, "INFO -> ERROR")) << all;
}

TEST_F(ReloadTest, WhatNeedsARestartIsToldEachTimeUntilThen) {
  open("");
  for (int i = 0; i < 2; ++i) reload("KIOSK_MAX_IN_FLIGHT=1\nLOG_LEVEL=DEBUG\n");
  reload("LOG_LEVEL=DEBUG\n");
  const std::string all = logged();
  EXPECT_EQ(lines(all), 3U) << all;
  const std::string pending = R"("needs_restart":"KIOSK_MAX_IN_FLIGHT: 32 -> 1"})";
  EXPECT_TRUE(has(
      all, R"("level":"warning","event":"settings_reloaded","changed":"LOG_LEVEL: INFO -> DEBUG",)" + pending));
  EXPECT_TRUE(has(all, R"("changed":"nothing",)" + pending));
  EXPECT_TRUE(has(all, R"("changed":"nothing","needs_restart":"nothing"})"));
}

TEST_F(ReloadTest, AMistakeChangesNothing) {
  open("");
  reload("LOG_LEVEL=DEBUG\nPORT=http\nno line\n");
  EXPECT_FALSE(log_->enabled(LogLevel::debug));
  reload("");
  const std::string all = logged();
  EXPECT_EQ(lines(all), 2U) << all;
  EXPECT_TRUE(has(all, R"("level":"error","event":"settings_not_reloaded","reason":"2 settings are wrong:)"))
      << all;
  EXPECT_TRUE(has(all, ".env: line 3 is not NAME=value") && has(all, "PORT: 'http' (.env line 2)")) << all;
  EXPECT_TRUE(has(all, R"("changed":"nothing")")) << all;
}

TEST_F(ReloadTest, WarningsAreTold) {
  open("");
  reload("LOGLEVEL=DEBUG\n");
  const std::string all = logged();
  EXPECT_EQ(lines(all), 2U) << all;
  EXPECT_TRUE(has(all, "did you mean LOG_LEVEL?")) << all;
}

TEST_F(ReloadTest, SignalsDuringAReadingMakeOneMore) {
  std::latch gate(1);
  gate_ = &gate;
  open("");
  dotenv_ = "LOG_LEVEL=DEBUG\n";
  for (int i = 0; i < 5; ++i) reload_->start();
  awaited_ = 2;
  gate.count_down();
  loop_.run();
  EXPECT_EQ(readings_, 2);
  EXPECT_EQ(lines(logged()), 2U);
}

TEST_F(ReloadTest, AReadingThatIsUnderWayAtTheEndIsWaitedFor) {
  std::latch gate(1);
  gate_ = &gate;
  open("");
  reload_->start();
  gate.count_down();
  EXPECT_EQ(lines(logged()), 0U);
  EXPECT_EQ(readings_, 1);
}

}  // namespace
}  // namespace kgw
