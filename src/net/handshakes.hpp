// Handshakes: bounds for TLS handshakes. So many are under way at a time, with a share per network; further
// clients wait, unread, network by network in rotation. Of those whose next step costs a private-key operation,
// one goes ahead per turn, after everything else in that turn. Server-internal; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/limits.hpp"
#include "base/shares.hpp"

namespace kgw {

class HttpConnection;

class Handshakes {
 public:
  // Before the first begin().
  void set_most(std::size_t most) { under_way_ = Shares(most); }
  // Returns whether `network` may begin one; if so, it must be given back with end().
  [[nodiscard]] bool begin(const std::string& network) {
    return for_room_.find(network) == for_room_.end() && under_way_.take(network);
  }
  void end(const std::string& network) { under_way_.give_back(network); }

  void wait_for_room(HttpConnection& connection, const std::string& network);
  void wait_for_key(HttpConnection& connection);
  // Takes it out of its line, if it is in one.
  void leave(const HttpConnection& connection, const std::string& network);

  // Begins one for the next connection in line, which is no longer in it. nullptr: there is no room, or nobody
  // waits.
  HttpConnection* next_with_room();
  // Takes the first of its line out. nullptr: nobody waits.
  HttpConnection* next_with_key();
  bool anyone_waits_for_key() const { return !for_key_.empty(); }
  std::size_t under_way() const { return under_way_.taken(); }

 private:
  using Line = std::map<std::uint64_t, HttpConnection*>;  // by arrival
  Shares under_way_{limits::kHandshakesMax};
  std::map<std::string, Line> for_room_;  // by network; no line is empty
  std::string last_network_;              // that a place was given to
  Line for_key_;
  std::uint64_t arrivals_ = 0;
};

}  // namespace kgw
