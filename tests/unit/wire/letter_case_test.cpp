#include "wire/letter_case.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kgw {
namespace {

TEST(FieldName, is_the_same_in_capitals_and_small_letters_and_in_nothing_else) {
  const auto small = [](int c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; };
  for (std::size_t size = 0; size <= 17; ++size) {
    const std::string name(size, 'x');
    EXPECT_TRUE(same_ignoring_case(name, std::string(size, 'X')));
    EXPECT_FALSE(same_ignoring_case(name, std::string(size + 1, 'x')));
    for (std::size_t at = 0; at < size; ++at)
      for (int one = 0; one < 256; ++one)
        for (int other = 0; other < 256; ++other) {
          std::string a = name;
          std::string b = name;
          a[at] = static_cast<char>(one);
          b[at] = static_cast<char>(other);
          ASSERT_EQ(same_ignoring_case(a, b), small(one) == small(other))
              << size << ' ' << at << ' ' << one << ' ' << other;
        }
  }
}

// The compiler knows these names: another way for each size.
template <std::size_t WithZero>
void expect_only_itself(const char (&known)[WithZero]) {
  const std::string name = known;
  EXPECT_TRUE(same_ignoring_case(name, known));
  EXPECT_FALSE(same_ignoring_case(name + 'x', known));
  EXPECT_FALSE(same_ignoring_case(name.substr(1), known));
  for (std::size_t at = 0; at < name.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string other = name;
      other[at] = static_cast<char>(byte);
      ASSERT_EQ(same_ignoring_case(other, known), same_ignoring_case(other, std::string_view(name)))
          << name << ' ' << at << ' ' << byte;
    }
}

TEST(FieldName, one_that_stands_in_the_code_is_compared_as_any_other) {
  expect_only_itself("t");
  expect_only_itself("Via");
  expect_only_itself("host");
  expect_only_itself("header-");
  expect_only_itself("Bearer 1");
  expect_only_itself("X-Real-IP");
  expect_only_itself("Header-Kiosk-Id");
  expect_only_itself("content-encoding");
  expect_only_itself("header-callback-url");
}

TEST(FieldName, is_made_small_where_it_stands_and_nothing_beside_it) {
  for (std::size_t size = 0; size <= 25; ++size)
    for (std::size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = 'A' + std::string(size, 'Q') + 'Z';
        text[1 + at] = static_cast<char>(byte);
        std::string small = text;
        for (std::size_t i = 1; i <= size; ++i)
          if (small[i] >= 'A' && small[i] <= 'Z') small[i] = static_cast<char>(small[i] + ('a' - 'A'));
        make_small(text.data() + 1, size);
        ASSERT_EQ(text, small) << size << ' ' << at << ' ' << byte;
      }
}

}  // namespace
}  // namespace kgw
