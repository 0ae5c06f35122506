// IpAddress: an IP address of either family in one form, and whether it is on the public internet. IpNetwork: a
// block of addresses. Pure. Only the usual notation is read, so that no text means two addresses.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgw {

struct IpAddress {
  // In network order. An IPv4 address has its mapped form ::ffff:a.b.c.d (RFC 4291 2.5.5.2): a connection to
  // either goes to the same place.
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;

  // "192.0.2.1": four decimal numbers without leading zeros. "2001:db8::1", "::ffff:192.0.2.1" (RFC 4291 2.2),
  // without brackets and zone. Returns nullopt for anything else, also for inet_aton's notations (0x7f.1).
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> parse_v4(std::string_view text);
  static std::optional<IpAddress> parse_v6(std::string_view text);

  bool is_v4() const;
  // "192.0.2.1", or all eight groups of IPv6 in lower case with the longest run of zeros cut out (RFC 5952 4).
  std::string text() const;
};

class IpNetwork {
 public:
  // Reads "10.0.0.0/8", "fd00::/8", or one address. Returns nullopt for anything else, and if bits are set
  // after the prefix (10.0.0.1/8).
  static std::optional<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& first, unsigned bits) : first_(first), bits_(bits) {}
  IpAddress first_;
  unsigned bits_;  // of 128
};

// Returns false for everything that the IANA special-purpose registries (RFC 6890) do not call globally
// reachable, and for multicast: this host, private, shared (CGNAT), link-local, documentation, benchmark,
// unique-local and reserved addresses. Mapped addresses and those with NAT64's well-known prefix (RFC 6052) are
// judged by the IPv4 address in them. 6to4 and Teredo are never public. An operator's own NAT64 prefix can't be
// recognised.
bool is_public_address(const IpAddress& address);

}  // namespace kgw
