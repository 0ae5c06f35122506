// Hexadecimal digits and percent-encoding: every byte there and back, and what is no digit.
#include "base/hex.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

TEST(Hex, every_byte_there_and_back) {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  const std::string digits = hex::text(bytes);
  EXPECT_TRUE(digits.starts_with("000102"));
  EXPECT_TRUE(digits.ends_with("fdfeff"));
  std::array<std::uint8_t, 256> again{};
  ASSERT_TRUE(hex::read(digits, again));
  EXPECT_EQ(again, bytes);
}

TEST(Hex, digits_in_either_case_and_nothing_else) {
  int digits = 0;
  for (int c = 0; c < 256; ++c) digits += hex::is_digit(static_cast<char>(c)) ? 1 : 0;
  EXPECT_EQ(digits, 22);
  EXPECT_EQ(hex::byte('A', 'f'), 0xaf);
  std::array<std::uint8_t, 2> two{};
  for (const char* text : {"", "0", "012", "01234", "0g12", "g012", "01 2", "-123"})
    EXPECT_FALSE(hex::read(text, two)) << text;
}

TEST(Percent, keeps_what_it_is_told_to_keep) {
  std::string out;
  append_percent_encoded(out, "aZ09-._~/ \xff%", "-_");
  EXPECT_EQ(out, "aZ09-%2E_%7E%2F%20%FF%25");
  EXPECT_EQ(percent_decode(out), "aZ09-._~/ \xff%");
}

TEST(Percent, a_percent_without_two_digits_is_refused) {
  for (const char* text : {"%", "a%4", "%4g", "%g4", "%%41"})
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace kgw
