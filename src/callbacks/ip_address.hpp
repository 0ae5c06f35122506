// IpAddress: an IP address of either family in one form, and whether it is one of the public internet.
// IpNetwork: a block of them. Pure; every notation but the usual one is refused, so that nobody reads a text in
// two ways.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgw {

struct IpAddress {
  // In network byte order; an IPv4 address is its mapped form ::ffff:a.b.c.d (RFC 4291 2.5.5.2), since that is
  // where a connection to the mapped one goes.
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;

  // "192.0.2.1": four decimal numbers without leading zeros. "2001:db8::1", "::ffff:192.0.2.1" (RFC 4291 2.2),
  // without brackets and without a zone. nullopt: anything else, the notations of inet_aton too (0x7f.1).
  static std::optional<IpAddress> parse(std::string_view text);
  static std::optional<IpAddress> parse_v4(std::string_view text);
  static std::optional<IpAddress> parse_v6(std::string_view text);

  bool is_v4() const;
  // "192.0.2.1", or all eight groups of IPv6 in lower case with the longest run of zeros cut out (RFC 5952 4).
  std::string text() const;
};

class IpNetwork {
 public:
  // "10.0.0.0/8", "fd00::/8", or one address. nullopt: neither, or bits are set behind the prefix (10.0.0.1/8).
  static std::optional<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& first, unsigned bits) : first_(first), bits_(bits) {}
  IpAddress first_;
  unsigned bits_;  // of 128
};

// False for what the IANA special-purpose registries (RFC 6890) do not call globally reachable, and for
// multicast: this host, private, shared (CGNAT), link-local, documentation, benchmark, unique-local and
// reserved addresses. An address that carries an IPv4 address is judged by that one where traffic goes there
// today (mapped, and NAT64's well-known prefix, RFC 6052); 6to4 and Teredo, which would lead anywhere, are not
// public. An operator's own NAT64 prefix can't be told from other addresses.
bool is_public_address(const IpAddress& address);

}  // namespace kgw
