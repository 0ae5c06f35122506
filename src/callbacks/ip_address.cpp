#include "callbacks/ip_address.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/hex.hpp"

namespace kgw {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};  // RFC 6052 2.1
constexpr unsigned kMappedBits = 96;

bool starts_with(const IpAddress& address, const std::array<std::uint8_t, 12>& prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

IpAddress mapped(const std::uint8_t* four) {
  IpAddress address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  std::copy(four, four + 4, address.bytes.begin() + kMapped.size());
  return address;
}

std::optional<std::uint16_t> hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const int digit = hex::kValues[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return static_cast<std::uint16_t>(value);
}

unsigned group(const IpAddress& address, std::size_t i) {
  return static_cast<unsigned>(address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]);
}

// Returns position and length of the longest run of zero groups, the first of equal ones; {8, 0} if none has
// two.
std::pair<std::size_t, std::size_t> longest_zeros(const IpAddress& address) {
  std::size_t best = 8, best_size = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && group(address, end) == 0) ++end;
    if (end - i > best_size) {
      best = i;
      best_size = end - i;
    }
    i = end + 1;
  }
  return {best, best == 8 ? 0 : best_size};
}

std::string text_v6(const IpAddress& address) {
  const auto [gap, gap_size] = longest_zeros(address);
  std::string text;
  for (std::size_t i = 0; i < 8;) {
    if (i == gap) {
      text += "::";
      i += gap_size;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    bool leading = true;
    for (int shift = 12; shift >= 0; shift -= 4) {
      const unsigned digit = group(address, i) >> shift & 0xf;
      leading = leading && digit == 0 && shift > 0;
      if (!leading) text += hex::kDigits[digit];
    }
    ++i;
  }
  return text;
}

const std::vector<IpNetwork>& not_public() {
  static const std::vector<IpNetwork> blocks = [] {
    std::vector<IpNetwork> made;
    for (const std::string_view text :
         {// the IPv4 registry; 192.0.0.0/24 with the anycast addresses in it, which are no web servers
          "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
          "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
          "198.51.100.0/24", "203.0.113.0/24",
          // multicast; reserved, with the broadcast address
          "224.0.0.0/4", "240.0.0.0/4",
          // of IPv6 what lies inside 2000::/3: protocol assignments with Teredo, benchmarks and ORCHID,
          // documentation, 6to4
          "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"})
      made.push_back(*IpNetwork::parse(text));
    return made;
  }();
  return blocks;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  return text.find(':') == text.npos ? parse_v4(text) : parse_v6(text);
}

std::optional<IpAddress> IpAddress::parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> four{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i < 3 ? text.find('.') : text.size();
    if (end > 3) return std::nullopt;
    const std::string_view part = text.substr(0, end);
    const auto value = ascii::parse_decimal(part);
    if (!value || *value > 255 || (part.size() > 1 && part.front() == '0')) return std::nullopt;
    four[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(i < 3 ? end + 1 : end);
  }
  return mapped(four.data());
}

std::optional<IpAddress> IpAddress::parse_v6(std::string_view text) {
  IpAddress address;
  Bytes& bytes = address.bytes;
  std::size_t filled = 0;
  std::optional<std::size_t> gap;  // where "::" stands
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (colon == text.npos && part.find('.') != part.npos) {
      const auto four = parse_v4(part);
      if (!four || filled > 12) return std::nullopt;
      std::copy(four->bytes.begin() + 12, four->bytes.end(),
                bytes.begin() + static_cast<std::ptrdiff_t>(filled));
      filled += 4;
      break;
    }
    const auto value = hex_group(part);
    if (!value || filled == bytes.size()) return std::nullopt;
    bytes[filled++] = static_cast<std::uint8_t>(*value >> 8);
    bytes[filled++] = static_cast<std::uint8_t>(*value & 0xff);
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
    if (text.front() != ':') continue;
    if (gap) return std::nullopt;
    gap = filled;
    text.remove_prefix(1);
  }
  if (!gap) return filled == bytes.size() ? std::optional(address) : std::nullopt;
  if (filled > 14) return std::nullopt;  // "::" stands for at least one group
  std::move_backward(bytes.begin() + static_cast<std::ptrdiff_t>(*gap),
                     bytes.begin() + static_cast<std::ptrdiff_t>(filled), bytes.end());
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(*gap), bytes.size() - filled, std::uint8_t{0});
  return address;
}

bool IpAddress::is_v4() const { return starts_with(*this, kMapped); }

std::string IpAddress::text() const {
  if (!is_v4()) return text_v6(*this);
  std::string text = std::to_string(bytes[12]);
  for (std::size_t i = 13; i < 16; ++i) text.append(1, '.').append(std::to_string(bytes[i]));
  return text;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto first = IpAddress::parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == text.npos) return IpNetwork(*first, 128);
  const bool dotted = text.substr(0, slash).find(':') == text.npos;
  const std::string_view digits = text.substr(slash + 1);
  const auto bits = ascii::parse_decimal(digits);
  if (!bits || *bits > (dotted ? 32U : 128U) || (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  const IpNetwork network(*first, static_cast<unsigned>(*bits) + (dotted ? kMappedBits : 0));
  for (unsigned bit = network.bits_; bit < 128; ++bit)
    if ((first->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const {
  const std::size_t whole = bits_ / 8;
  if (!std::equal(first_.bytes.begin(), first_.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin()))
    return false;
  return bits_ % 8 == 0 || (first_.bytes[whole] ^ address.bytes[whole]) >> (8 - bits_ % 8) == 0;
}

bool is_public_address(const IpAddress& address) {
  if (starts_with(address, kNat64)) return is_public_address(mapped(address.bytes.data() + kNat64.size()));
  const bool unicast = address.is_v4() || address.bytes[0] >> 5 == 1;  // 2000::/3, all that IPv6 has given out
  return unicast && std::none_of(not_public().begin(), not_public().end(),
                                 [&](const IpNetwork& block) { return block.contains(address); });
}

}  // namespace kgw
