// Visitors: where each connection comes from, and which ones are strangers, that is, have not yet shown a key
// or a kiosk's token. When places run out, a stranger has to go, one from the address that has most of them:
// no address can keep everybody else out, and known peers stay. What we hold for strangers is bounded per
// address. All but network_of() is server-internal; loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kgw {

class Connection;

// Returns the network by which an address is counted: the first 64 bits of an IPv6 address, as its owner has
// all of those; an IPv4 address itself.
std::string network_of(std::string_view address);

class Visitors {
 public:
  // What one network has open.
  struct Network {
    std::string name;
    std::size_t connections = 0;
    std::size_t strangers = 0;
    std::size_t held = 0;     // bytes of strangers' incomplete requests,
    std::size_t holders = 0;  // and how many strangers hold some
  };
  // A connection's entry.
  struct Visit {
    static constexpr std::uint32_t kKnown = 0xffff'ffff;
    Network* network = nullptr;
    std::uint32_t place = kKnown;  // among the strangers
    std::uint32_t held = 0;
    bool stranger() const { return place != kKnown; }
  };

  void arrive(Connection& connection, std::string_view address);
  void vouch(Connection& connection);  // no longer a stranger
  void leave(Connection& connection);
  // Sets how many bytes of incomplete messages the connection holds.
  void hold(Visit& visit, std::size_t bytes);
  // Bounds for bytes of incomplete messages, in total and from the strangers of one network.
  void set_bounds(std::size_t of_all, std::size_t of_network) {
    of_all_ = of_all;
    of_network_ = of_network;
  }
  // Returns true if a bound is exceeded and this connection holds more than an even share of it.
  bool holds_too_much(const Visit& visit) const;
  std::size_t held_bytes() const { return held_; }
  // Returns the stranger that should go first, or nullptr if there is none.
  Connection* to_send_away();

 private:
  void remove_stranger(Visit& visit);

  std::unordered_map<std::string, Network> networks_;
  std::vector<Connection*> strangers_;
  std::size_t looked_at_ = 0;  // where the next search among the strangers begins
  std::size_t held_ = 0;
  std::size_t holders_ = 0;
  std::size_t of_all_ = 0;
  std::size_t of_network_ = 0;
};

}  // namespace kgw
