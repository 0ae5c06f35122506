#include "base/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

namespace kgw {
namespace {

TEST(CheckDeathTest, WhatItSaysIsJsonWhateverTheConditionIs) {
  const std::string_view name = "kiosk";
  EXPECT_DEATH(KGW_CHECK(name == "a\"b\n"),
               ::testing::HasSubstr(
                   R"({"level":"fatal","event":"check_failed","condition":"name == \"a\\\"b\\n\"","at":")"));
}

}  // namespace
}  // namespace kgw
