// Routes: how each operation is carried out on this kiosk. Set up, then only read. No I/O.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/routes/route.hpp"
#include "base/result.hpp"

namespace kgw {

// How many calls of the operation run at a time unless its route says so: a kiosk has one card terminal and
// one fiscal printer.
std::size_t usual_concurrency(std::string_view operation);
// Returns what is wrong with a local service's URL, as the rest of a sentence; empty: nothing.
std::string_view fault_of_url(std::string_view url);

class Routes {
 public:
  // Adds "payment=http://127.0.0.1:9001/payment". Error: invalid_argument with a sentence that names the
  // route, also if the operation already has one.
  Result<void> add(std::string_view operation_and_url, Milliseconds timeout = std::chrono::seconds(60));
  // Returns false if the operation already has one.
  bool add(Route route);
  // For all operations without a route of their own.
  void set_default(Route route) { default_ = std::move(route); }

  // Returns the operation's route, or nullopt if there is none.
  std::optional<Route> find(std::string_view operation) const;
  bool empty() const { return routes_.empty() && !default_; }
  std::string operations() const;  // "fiscal, payment", for a message
  // All of them, sorted; the default one has no operation.
  std::vector<Route> all() const;
  Milliseconds longest_timeout() const;

 private:
  std::map<std::string, Route, std::less<>> routes_;
  std::optional<Route> default_;
};

}  // namespace kgw
