#include "net/handshakes.hpp"

#include <algorithm>

#include "net/http_connection.hpp"

namespace kgw {
namespace {

constexpr std::size_t kLooks = 64;  // at networks, for one that may begin another

}  // namespace

void Handshakes::wait_for_room(HttpConnection& connection, const std::string& network) {
  connection.set_arrival(++arrivals_);
  for_room_[network].emplace(arrivals_, &connection);
}

void Handshakes::wait_for_key(HttpConnection& connection) {
  connection.set_arrival(++arrivals_);
  for_key_.emplace(arrivals_, &connection);
}

void Handshakes::leave(const HttpConnection& connection, const std::string& network) {
  for_key_.erase(connection.arrival());
  const auto line = for_room_.find(network);
  if (line == for_room_.end()) return;
  line->second.erase(connection.arrival());
  if (line->second.empty()) for_room_.erase(line);
}

// Each network in its turn, past those that have their share already.
HttpConnection* Handshakes::next_with_room() {
  for (std::size_t looks = std::min(kLooks, for_room_.size()); looks > 0; --looks) {
    auto line = for_room_.upper_bound(last_network_);
    if (line == for_room_.end()) line = for_room_.begin();
    last_network_ = line->first;
    if (!under_way_.take(line->first)) continue;
    HttpConnection* const first = line->second.begin()->second;
    line->second.erase(line->second.begin());
    if (line->second.empty()) for_room_.erase(line);
    return first;
  }
  return nullptr;
}

HttpConnection* Handshakes::next_with_key() {
  if (for_key_.empty()) return nullptr;
  HttpConnection* const first = for_key_.begin()->second;
  for_key_.erase(for_key_.begin());
  return first;
}

}  // namespace kgw
