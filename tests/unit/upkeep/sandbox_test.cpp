// What is given up is really gone; each case in a process of its own, as nothing of it comes back.
#include "upkeep/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "../temp_dir.hpp"

namespace kgw {
namespace {

class SandboxTest : public ::testing::Test {
 protected:
  // Whether `holds` is true in a process that has closed its sandbox.
  bool inside(const std::function<bool(const std::string& given_up)>& holds) const {
    const pid_t child = fork();
    if (child == 0) _exit(holds(close_sandbox(data())) ? 0 : 1);
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  std::filesystem::path data() const { return dir_.path() / "data"; }
  std::filesystem::path outside() const { return dir_.path() / "outside"; }
  static bool writes(const std::filesystem::path& file) { return std::ofstream(file).put('x').flush().good(); }
  static bool has(const std::string& given_up, const char* what) {
    return given_up.find(what) != std::string::npos;
  }
  testing::TempDir dir_;
};

TEST_F(SandboxTest, WritesInDataDirOnly) {
  EXPECT_TRUE(writes(outside()));
  EXPECT_TRUE(inside([&](const std::string& given_up) {
    std::filesystem::create_directories(data() / "a");
    std::filesystem::create_directories(data() / "b");
    if (!writes(data() / "a" / "file")) return false;
    std::error_code error;
    std::filesystem::rename(data() / "a" / "file", data() / "b" / "file", error);
    if (error || !std::filesystem::remove(data() / "b" / "file")) return false;
    return writes(outside()) != has(given_up, "writing outside of DATA_DIR");
  }));
}

TEST_F(SandboxTest, ReadsEverywhereAsBefore) {
  EXPECT_TRUE(writes(outside()));
  EXPECT_TRUE(inside([&](const std::string&) { return std::ifstream(outside()).get() == 'x'; }));
}

TEST_F(SandboxTest, StartsNoProgramsAndThreadsDoNotEither) {
  EXPECT_TRUE(inside([](const std::string& given_up) {
    if (!has(given_up, "other programs")) return true;  // no filter on this kernel, or a sanitizer
    bool refused = false;
    std::thread([&refused] {
      char name[] = "/bin/true";
      char* const arguments[] = {name, nullptr};
      execv(name, arguments);
      refused = errno == EPERM;
    }).join();
    return refused;
  }));
}

TEST_F(SandboxTest, LeavesNoCoreDump) {
  EXPECT_TRUE(inside([](const std::string& given_up) {
    rlimit limit{1, 1};
    return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 && has(given_up, "core dumps");
  }));
}

}  // namespace
}  // namespace kgw
