#include "store/forgetful_disk.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

constexpr const char* kContainer =
    "812 700 0:51 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w\n"
    "813 812 0:54 / /proc rw,nosuid - proc proc rw\n"
    "814 812 0:55 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k\n"
    "815 812 253:1 /volumes/one /data rw,relatime shared:7 master:2 - ext4 /dev/vda1 rw\n"
    "816 812 253:1 /volumes/two /my\\040disk rw - ext4 /dev/vda1 rw\n";
constexpr const char* kMachine =
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n25 24 0:23 / /tmp rw - tmpfs tmpfs rw\n";

std::string why(const char* mounts, std::string path, bool container = true) {
  return why_forgotten({std::move(path), mounts, container}).value_or("");
}

TEST(ForgetfulDisk, AContainersOwnDiskForgets) {
  EXPECT_EQ(why(kContainer, "/app/data"), "the container's own disk (overlay)");
  EXPECT_EQ(why(kContainer, "/"), "the container's own disk (overlay)");
  EXPECT_EQ(why(kContainer, "/app/data", false), "the container's own disk (overlay)")
      << "an overlay is enough";
  EXPECT_EQ(why(kContainer, "/database"), "the container's own disk (overlay)") << "beside /data, not in it";
}

TEST(ForgetfulDisk, MemoryForgets) { EXPECT_EQ(why(kContainer, "/dev/shm/gateway"), "memory (tmpfs)"); }

TEST(ForgetfulDisk, AVolumeLasts) {
  for (const char* path : {"/data", "/data/gateway", "/my disk/x"})
    EXPECT_EQ(why(kContainer, path), "") << path;
}

TEST(ForgetfulDisk, WhatIsMountedLaterHidesWhatWasThere) {
  const std::string hidden = std::string(kContainer) + "900 815 0:60 / /data rw - tmpfs tmpfs rw\n";
  EXPECT_EQ(why(hidden.c_str(), "/data/x"), "memory (tmpfs)");
}

TEST(ForgetfulDisk, AMachineOfItsOwnLasts) {
  EXPECT_EQ(why(kMachine, "/var/lib/gateway", false), "");
  EXPECT_EQ(why(kMachine, "/tmp/data", false), "") << "who puts it there wants to";
  EXPECT_EQ(why(kMachine, "/var/lib/gateway"), "") << "a container whose root is a real disk";
}

TEST(ForgetfulDisk, WhatCantBeReadWarnsOfNothing) {
  for (const char* mounts : {"", "\n", "x\n", "1 2 3 4 /\n", "1 2 3:4 / / rw -\n", "1 2 3:4 / / rw\n"})
    EXPECT_EQ(why(mounts, "/data"), "") << mounts;
}

TEST(ForgetfulDisk, TheWarningNamesTheDirectoryAndTheWaysOut) {
  const DiskFacts here = disk_facts(".");
  EXPECT_TRUE(here.path.starts_with("/"));
  EXPECT_NE(here.mounts.find(" / "), std::string::npos);
  if (const auto warning = forgetful_disk_warning("/dev/shm/x"); why_forgotten(disk_facts("/dev/shm/x"))) {
    ASSERT_TRUE(warning);
    for (const char* part : {"/dev/shm/x", "memory", "volume", "REDIS_URL"})
      EXPECT_NE(warning->find(part), std::string::npos) << *warning;
  }
}

}  // namespace
}  // namespace kgw
