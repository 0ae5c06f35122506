#include "base/ids.hpp"

#include <algorithm>
#include <cstring>

#include "base/hex.hpp"

namespace kgw {
namespace {

// A UUID's text is groups of hex digits separated by '-'; each group's size is known at compile time, so that
// neither loop checks for a '-' at every byte.
template <std::size_t N>
char* write_group(char* out, const std::uint8_t* bytes) {
  for (std::size_t i = 0; i < N; ++i) std::memcpy(out + 2 * i, hex::pair(bytes[i]), 2);
  return out + 2 * N;
}

// Returns a negative number if any digit is invalid.
template <std::size_t N>
int read_group(const char* text, std::uint8_t* bytes) {
  int all = 0;
  for (std::size_t i = 0; i < N; ++i) {
    const int high = hex::value(text[2 * i]);
    const int low = hex::value(text[2 * i + 1]);
    all |= high | low;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return all;
}

}  // namespace

std::optional<RequestId> RequestId::parse(std::string_view text) {
  if (text.size() != kTextSize) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  RequestId id;
  const char* const at = text.data();
  std::uint8_t* const bytes = id.bytes.data();
  const int digits = read_group<4>(at, bytes) | read_group<2>(at + 9, bytes + 4) |
                     read_group<2>(at + 14, bytes + 6) | read_group<2>(at + 19, bytes + 8) |
                     read_group<6>(at + 24, bytes + 10);
  if (digits < 0) return std::nullopt;
  return id;
}

void RequestId::write_to(char* out) const {
  out = write_group<4>(out, bytes.data());
  *out++ = '-';
  out = write_group<2>(out, bytes.data() + 4);
  *out++ = '-';
  out = write_group<2>(out, bytes.data() + 6);
  *out++ = '-';
  out = write_group<2>(out, bytes.data() + 8);
  *out++ = '-';
  write_group<6>(out, bytes.data() + 10);
}

std::string RequestId::text() const {
  std::string out(kTextSize, '\0');
  write_to(out.data());
  return out;
}

std::int64_t RequestId::journal_key() const {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes[i];
  const std::uint64_t counter = (static_cast<std::uint64_t>(bytes[6] & 0x0f) << 8) | bytes[7];
  return static_cast<std::int64_t>(ms << 12 | counter);
}

RequestId RequestIdGenerator::next(WallTime now) {
  const std::int64_t of_clock = (to_ms(now) & 0xffff'ffff'ffffLL) << 12;
  last_key_ = std::max(of_clock, last_key_ + 1);
  const auto key = static_cast<std::uint64_t>(last_key_);
  RequestId id;
  random_.fill(std::span(id.bytes).subspan(8));
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(key >> (52 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (key >> 8 & 0x0f));
  id.bytes[7] = static_cast<std::uint8_t>(key);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ':' || c == '-';
  });
}

}  // namespace kgw
