// Prefer: RFC 7240, section 2 and its grammar.
#include "http/prefer.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace kgw {
namespace {

// "async 10", "sync -"
std::string read(std::initializer_list<std::string_view> fields) {
  Preferences all;
  for (const std::string_view field : fields) read_prefer(field, all);
  return std::string(all.respond_async ? "async " : "sync ") +
         (all.wait ? std::to_string(all.wait->count()) : "-");
}

TEST(Prefer, WhatIsAskedFor) {
  EXPECT_EQ(read({}), "sync -");
  EXPECT_EQ(read({""}), "sync -");
  EXPECT_EQ(read({"respond-async"}), "async -");
  EXPECT_EQ(read({"respond-async, wait=10"}), "async 10");
  EXPECT_EQ(read({"wait=10"}), "sync 10");
  EXPECT_EQ(read({"respond-async", "wait=10"}), "async 10") << "several fields are one list";
  EXPECT_EQ(read({"Respond-Async , WAIT = \"10\""}), "async 10");
  EXPECT_EQ(read({"respond-async=\"\""}), "async -") << "an empty value is none";
  EXPECT_EQ(read({"respond-async; a; b=c; d=\"x;y,z\", wait=3;q"}), "async 3");
  EXPECT_EQ(read({"handling=lenient, respond-async, return=minimal"}), "async -");
}

TEST(Prefer, TheFirstOfTwoCounts) {
  EXPECT_EQ(read({"wait=1, wait=2"}), "sync 1");
  EXPECT_EQ(read({"wait=1", "wait=2"}), "sync 1");
  EXPECT_EQ(read({"wait=x, wait=2"}), "sync 2") << "what is malformed is not there";
}

TEST(Prefer, WhatIsMalformedIsIgnoredByItself) {
  for (const std::string_view bad :
       {"respond-async=1", "respond-async x", "respond-async;;=", "\"respond-async\"", "respond async", "=",
        ";respond-async", "respond-async;=", "\"?,;;=="})
    EXPECT_EQ(read({bad}), "sync -") << bad;
  for (const std::string_view bad : {"wait=-1", "wait=1.5", "wait=", "wait=1 0", "wait=\"1", "wait"})
    EXPECT_EQ(read({std::string(bad) + "", "respond-async"}), "async -") << bad;
  EXPECT_EQ(read({"wait=x, respond-async"}), "async -");
  EXPECT_EQ(read({",,respond-async,"}), "async -");
  EXPECT_EQ(read({"\xff\xfe, respond-async"}), "async -");
  EXPECT_EQ(read({"wait=99999999999"}), "sync 86400") << "no longer than a day";
}

}  // namespace
}  // namespace kgw
