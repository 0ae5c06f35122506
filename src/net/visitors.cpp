#include "net/visitors.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/connection.hpp"

namespace kgw {
namespace {

constexpr std::size_t kSample = 16;  // strangers that are looked at before one is sent away
constexpr std::size_t kHeldFree = 4 * 1024;

// More than all may hold, and more than one of so many should.
bool past(std::size_t own, std::size_t all, std::size_t bound, std::size_t holders) {
  return all > bound && own > std::max(kHeldFree, bound / std::max<std::size_t>(holders, 1));
}

}  // namespace

std::string network_of(std::string_view address) {
  std::string text(address);
  std::array<unsigned char, 16> bytes{};
  if (text.find(':') == std::string::npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  std::array<char, INET6_ADDRSTRLEN> network{};
  return inet_ntop(AF_INET6, bytes.data(), network.data(), network.size()) ? network.data() : text;
}

void Visitors::arrive(Connection& connection, std::string_view address) {
  Visit& visit = connection.visit;
  const auto found = networks_.try_emplace(network_of(address)).first;
  visit.network = &found->second;
  if (visit.network->connections++ == 0) visit.network->name = found->first;
  ++visit.network->strangers;
  visit.place = static_cast<std::uint32_t>(strangers_.size());
  strangers_.push_back(&connection);
}

void Visitors::remove_stranger(Visit& visit) {
  strangers_[visit.place] = strangers_.back();
  strangers_[visit.place]->visit.place = visit.place;
  strangers_.pop_back();
  visit.place = Visit::kKnown;
  --visit.network->strangers;
}

void Visitors::vouch(Connection& connection) {
  Visit& visit = connection.visit;
  if (!visit.stranger()) return;
  const std::size_t held = visit.held;
  hold(visit, 0);
  remove_stranger(visit);
  hold(visit, held);
}

void Visitors::leave(Connection& connection) {
  Visit& visit = connection.visit;
  if (visit.network == nullptr) return;
  hold(visit, 0);
  if (visit.stranger()) remove_stranger(visit);
  Network* const network = visit.network;
  visit.network = nullptr;
  if (--network->connections > 0) return;
  const std::string name = network->name;
  networks_.erase(name);
}

void Visitors::hold(Visit& visit, std::size_t bytes) {
  if (bytes == visit.held || visit.network == nullptr) return;
  const auto add = [&](std::size_t& held, std::size_t& holders) {
    held = held - visit.held + bytes;
    holders = holders - (visit.held > 0 ? 1 : 0) + (bytes > 0 ? 1 : 0);
  };
  add(held_, holders_);
  if (visit.stranger()) add(visit.network->held, visit.network->holders);
  visit.held = static_cast<std::uint32_t>(bytes);
}

bool Visitors::holds_too_much(const Visit& visit) const {
  if (past(visit.held, held_, of_all_, holders_)) return true;
  return visit.stranger() && past(visit.held, visit.network->held, of_network_, visit.network->holders);
}

// A sample, so that it costs the same whether there are ten of them or ten thousand. An address that has more
// than its share stands in it.
Connection* Visitors::to_send_away() {
  Connection* chosen = nullptr;
  for (std::size_t left = std::min(kSample, strangers_.size()); left > 0; --left) {
    looked_at_ = (looked_at_ + 1) % strangers_.size();
    Connection* const seen = strangers_[looked_at_];
    if (seen->idle_since() == kNever) continue;
    const auto rank = [](const Connection* of) {  // of one address the one that has waited longest
      return std::pair(of->visit.network->strangers, -of->idle_since().time_since_epoch().count());
    };
    if (!chosen || rank(seen) > rank(chosen)) chosen = seen;
  }
  return chosen;
}

}  // namespace kgw
