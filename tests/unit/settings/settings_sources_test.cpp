// Reading settings' files: what can't be read, and that nothing waits for ever.
#include "settings/settings_sources.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/limits.hpp"

namespace kgw {
namespace {

namespace fs = std::filesystem;

// A directory of its own, which is the working directory for as long as the test runs.
class SettingsSources : public ::testing::Test {
 protected:
  SettingsSources() : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "kgw-settings-XXXXXX").string();
    dir_ = mkdtemp(name.data());
    fs::current_path(dir_);
  }
  ~SettingsSources() override {
    fs::current_path(before_);
    fs::remove_all(dir_);
  }
  static void write(const std::string& name, const std::string& text) {
    std::ofstream(name, std::ios::binary) << text;
  }
  static std::string why_not(const std::string& path, Reading reading) {
    const auto text = read_settings_file(path, reading);
    return text ? "it was read" : text.error().message;
  }

 private:
  fs::path before_, dir_;
};

TEST_F(SettingsSources, AFileIsReadAsItIs) {
  const std::string text("a\0b\r\n", 5);
  write("secret", text);
  fs::create_symlink("secret", "link");
  for (const Reading reading : {Reading::at_start, Reading::again})
    for (const char* const name : {"secret", "link"}) EXPECT_EQ(*read_settings_file(name, reading), text);
}

TEST_F(SettingsSources, WhatCantBeReadSaysWhy) {
  fs::create_directory("dir");
  for (const Reading reading : {Reading::at_start, Reading::again}) {
    EXPECT_EQ(why_not("none", reading), "No such file or directory");
    EXPECT_EQ(why_not("dir", reading), "Is a directory");
  }
}

TEST_F(SettingsSources, AFileThatIsFarTooLargeIsRefused) {
  write("large", std::string(limits::kSettingsFileBytesMax, 'x'));
  EXPECT_TRUE(read_settings_file("large", Reading::at_start));
  write("larger", std::string(limits::kSettingsFileBytesMax + 1, 'x'));
  EXPECT_EQ(why_not("larger", Reading::at_start), "it is larger than 65536 bytes; is it the right file?");
  EXPECT_EQ(why_not("/dev/zero", Reading::at_start), "it is larger than 65536 bytes; is it the right file?");
}

TEST_F(SettingsSources, APipeIsReadOnceAndNeverWaitedForWhileRunning) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "secret\n", 7), 7);
  close(ends[1]);
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  EXPECT_EQ(*read_settings_file(path, Reading::at_start), "secret\n");
  EXPECT_EQ(why_not(path, Reading::again), "it is not a regular file and can't be read a second time");
  close(ends[0]);
  ASSERT_EQ(mkfifo("fifo", 0600), 0);
  EXPECT_EQ(why_not("fifo", Reading::again), "it is not a regular file and can't be read a second time");
}

TEST_F(SettingsSources, DotenvOfTheWorkingDirectory) {
  EXPECT_EQ(read_settings({}, Reading::at_start).config.max_in_flight, 32U);
  write(".env", "KIOSK_MAX_IN_FLIGHT=7\nJWT_SECRET_FILE=secret\n");
  write("secret", "a-secret-that-is-long-enough-for-all\n");
  const LoadedConfig loaded = read_settings({{"NODE_ID", "flagged"}}, Reading::at_start);
  EXPECT_TRUE(loaded.faults.empty());
  EXPECT_EQ(loaded.config.max_in_flight, 7U);
  EXPECT_EQ(loaded.config.jwt_secret, "a-secret-that-is-long-enough-for-all");
  EXPECT_EQ(loaded.config.node_id, "flagged");
}

TEST_F(SettingsSources, ADotenvThatIsThereButCantBeReadIsAFault) {
  fs::create_directory(".env");
  const LoadedConfig directory = read_settings({{"PORT", "x"}}, Reading::at_start);
  ASSERT_EQ(directory.faults.size(), 2U) << "all at once";
  EXPECT_EQ(directory.faults[0].name, ".env");
  EXPECT_EQ(directory.faults[0].text,
            "can't be read: Is a directory. Make it readable for the gateway's user, or remove it");
  fs::remove(".env");
  fs::create_symlink("nowhere", ".env");
  EXPECT_EQ(read_settings({}, Reading::at_start).faults.size(), 1U) << "a link into nowhere is a slip";
}

}  // namespace
}  // namespace kgw
