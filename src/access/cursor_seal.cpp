#include "access/cursor_seal.hpp"

#include <cstring>

#include "wire/jwt.hpp"

namespace kgw {
namespace {

constexpr unsigned kRounds = 4;
constexpr unsigned kHalfBits = 31;
constexpr std::uint64_t kHalfMask = (std::uint64_t{1} << kHalfBits) - 1;

}  // namespace

std::uint64_t CursorSeal::round(unsigned number, std::uint64_t half) const {
  const TokenDigest digest = digest_of(secret_ + ":" + std::to_string(number) + ":" + std::to_string(half));
  std::uint64_t bits = 0;
  std::memcpy(&bits, digest.data(), sizeof bits);
  return bits & kHalfMask;
}

// A number out of range is not a cursor of ours, and stays as it is.
std::int64_t CursorSeal::permuted(std::int64_t number, bool back) const {
  if (number <= 0 || (number >> (2 * kHalfBits)) != 0) return number;
  auto whole = static_cast<std::uint64_t>(number);
  do {
    std::uint64_t left = whole >> kHalfBits;
    std::uint64_t right = whole & kHalfMask;
    for (unsigned i = 0; i < kRounds; ++i) {
      if (back) {
        const std::uint64_t was = right ^ round(kRounds - 1 - i, left);
        right = left;
        left = was;
      } else {
        const std::uint64_t next = left ^ round(i, right);
        left = right;
        right = next;
      }
    }
    whole = left << kHalfBits | right;
    // 0 is the beginning for everyone: it is replaced by the number that 0 would map to.
  } while (whole == 0);
  return static_cast<std::int64_t>(whole);
}

}  // namespace kgw
