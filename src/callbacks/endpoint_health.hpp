// EndpointHealth: whose receivers of callbacks have been failing for an hour (PROTOCOL.md 1.4). Responses and
// the time go in, news comes out: a failure that lasts is raised once and cleared once. Pure. Only failing
// endpoints are kept, with a share of limits::kFailingEndpointsMax per owner, so that one owner's can't crowd
// out another's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/deadlines.hpp"
#include "base/limits.hpp"
#include "base/shares.hpp"

namespace kgw {

struct EndpointNews {
  std::string owner;  // of the API key; empty: none
  std::string endpoint;
  bool failing = false;  // false: cleared
  WallTime since{};      // of the first failure
  std::string why{};     // the last failure, for people
};

class EndpointHealth {
 public:
  explicit EndpointHealth(std::size_t endpoints_max = limits::kFailingEndpointsMax) : shares_(endpoints_max) {}

  void on_success(const std::string& owner, const std::string& endpoint);
  // A try failed. Do not report a 410: such a receiver works as it wants to.
  void on_failure(const std::string& owner, const std::string& endpoint, std::string_view why, const Now& now);
  // For callbacks loaded at start that have been tried in vain since `since`: the hour continues over a
  // restart.
  void on_owed(const std::string& owner, const std::string& endpoint, WallTime since, const Now& now);

  // Also clears endpoints without a try for limits::kCallbackTime: nothing is owed to them any more.
  void on_tick(const Now& now);
  std::optional<Instant> next_deadline() const;

  bool fresh() const { return !news_.empty(); }
  std::vector<EndpointNews> take_news() { return std::exchange(news_, {}); }
  std::size_t failing() const { return raised_; }  // endpoints raised and not cleared

 private:
  struct Watch {
    WallTime since{};
    Instant last{};  // failure
    std::string why;
    bool raised = false;
    const std::string* owner = nullptr;  // both in the map's key
    const std::string* endpoint = nullptr;
    DeadlineHook deadline{};
  };
  using Watches = std::map<std::pair<std::string, std::string>, Watch>;

  // Finds or adds it; returns nullptr if there is no room.
  Watch* watch(const std::string& owner, const std::string& endpoint, WallTime since, const Now& now);
  void tell(const Watch& watch);
  void forget(Watches::iterator at);

  Shares shares_;  // by owner
  Watches watches_;
  Deadlines<Watch> deadlines_;
  std::vector<EndpointNews> news_;
  std::size_t raised_ = 0;
};

}  // namespace kgw
