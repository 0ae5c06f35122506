// Case-insensitive names (ASCII only, independent of the locale). One request to /send compares a hundred of
// them, so eight bytes at a time, the last eight overlapping the ones before. No state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/ascii.hpp"

namespace kgw {
namespace letter_case {

// Lower-cases each of eight bytes: 'A' to 'Z' become small letters, all others (non-ASCII included) stay.
inline std::uint64_t lower_each(std::uint64_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t seven_bits = bytes & (kEach * 0x7f);
  const std::uint64_t from_a = seven_bits + kEach * (0x80 - 'A');  // the eighth bit says so
  const std::uint64_t past_z = seven_bits + kEach * (0x7f - 'Z');
  const std::uint64_t capital = (from_a ^ past_z) & ~bytes & (kEach * 0x80);
  return bytes | (capital >> 2);
}

// Compares `Size` bytes (1 to 8), ignoring case. Words that differ in more than the case bit are told apart
// by that alone.
template <std::size_t Size>
inline bool same_word(const char* a, const char* b) {
  std::uint64_t one = 0;
  std::uint64_t other = 0;
  std::memcpy(&one, a, Size);
  std::memcpy(&other, b, Size);
  if (((one ^ other) & ~std::uint64_t{0x2020202020202020}) != 0) return false;
  return lower_each(one) == lower_each(other);
}

inline void make_word_small(char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  word = lower_each(word);
  std::memcpy(at, &word, sizeof word);
}

}  // namespace letter_case

// Lower-cases in place, eight bytes at a time, the last eight overlapping.
inline void make_small(char* text, std::size_t size) {
  if (size < 8) {
    for (std::size_t i = 0; i < size; ++i) text[i] = ascii::lower(text[i]);
    return;
  }
  for (std::size_t i = 0; i + 8 < size; i += 8) letter_case::make_word_small(text + i);
  letter_case::make_word_small(text + size - 8);
}

// Requires a.size() == b.size().
bool same_ignoring_case_if_as_long(std::string_view a, std::string_view b);
// Inline for the size check: most compared names differ in size alone.
inline bool same_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_ignoring_case_if_as_long(a, b);
}

// For a name known at compile time: its size and letters become constants, and a few instructions remain.
template <std::size_t WithZero>
inline bool same_ignoring_case(std::string_view a, const char (&known)[WithZero]) {
  constexpr std::size_t kSize = WithZero - 1;
  static_assert(kSize > 0);
  if (a.size() != kSize) return false;
  const char* const at = a.data();
  if constexpr (kSize <= 8) {
    return letter_case::same_word<kSize>(at, known);
  } else if constexpr (kSize <= 16) {
    return letter_case::same_word<8>(at, known) && letter_case::same_word<8>(at + kSize - 8, known + kSize - 8);
  } else {
    return same_ignoring_case_if_as_long(a, {known, kSize});
  }
}

}  // namespace kgw
