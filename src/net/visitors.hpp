// Visitors: which connections came from where, and which of them are strangers: who has not shown yet, by a key
// or a kiosk's token, that it may be here. When places get scarce it is a stranger that goes, one of the
// address that has most of them: so one address never keeps everybody out, and who is known stays. What
// strangers make us hold has a bound per address. All but network_of() is server-internal; loop thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kgw {

class Connection;

// The network that an address counts for: of an IPv6 address its first 64 bits, since who has one has all of
// those.
std::string network_of(std::string_view address);

class Visitors {
 public:
  // What one network has here.
  struct Network {
    std::string name;
    std::size_t connections = 0;
    std::size_t strangers = 0;
    std::size_t held = 0;     // bytes of strangers' requests that have not arrived whole,
    std::size_t holders = 0;  // and how many strangers hold some
  };
  // A connection's place here.
  struct Visit {
    static constexpr std::uint32_t kKnown = 0xffff'ffff;
    Network* network = nullptr;
    std::uint32_t place = kKnown;  // among the strangers
    std::uint32_t held = 0;
    bool stranger() const { return place != kKnown; }
  };

  void arrive(Connection& connection, std::string_view address);
  void vouch(Connection& connection);  // a stranger no more
  void leave(Connection& connection);
  // How many bytes it holds of what has not arrived whole.
  void hold(Visit& visit, std::size_t bytes);
  // How much may be held of what has not arrived whole, in all and from the strangers of one network.
  void set_bounds(std::size_t of_all, std::size_t of_network) {
    of_all_ = of_all;
    of_network_ = of_network;
  }
  // There is more than that, and this one holds more than an even share of it.
  bool holds_too_much(const Visit& visit) const;
  std::size_t held_bytes() const { return held_; }
  // The stranger that may best go; nullptr: there is none.
  Connection* to_send_away();

 private:
  void remove_stranger(Visit& visit);

  std::unordered_map<std::string, Network> networks_;
  std::vector<Connection*> strangers_;
  std::size_t looked_at_ = 0;  // where the next look at the strangers begins
  std::size_t held_ = 0;
  std::size_t holders_ = 0;
  std::size_t of_all_ = 0;
  std::size_t of_network_ = 0;
};

}  // namespace kgw
