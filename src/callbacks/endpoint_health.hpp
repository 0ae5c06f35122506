// EndpointHealth: whose receivers of callbacks have been failing for an hour (PROTOCOL.md 1.4). Answers and the
// time go in, news come out: each stretch of failures is raised once and cleared once. Pure. Only endpoints
// that fail are kept; of one owner a share of limits::kFailingEndpointsMax, so that nobody's many failing ones
// hide another's.
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
  bool failing = false;  // false: what was raised before is over
  WallTime since{};      // of the first failure
  std::string why{};     // the last failure, in words
};

class EndpointHealth {
 public:
  explicit EndpointHealth(std::size_t endpoints_max = limits::kFailingEndpointsMax) : shares_(endpoints_max) {}

  void on_success(const std::string& owner, const std::string& endpoint);
  // A try that is to be made again, or was the last one. Not a 410: who says that is well.
  void on_failure(const std::string& owner, const std::string& endpoint, std::string_view why, const Now& now);
  // After a start: a callback is owed there since then, and was tried in vain. The hour goes on from there.
  void on_owed(const std::string& owner, const std::string& endpoint, WallTime since, const Now& now);

  // An endpoint that nothing was sent to for limits::kCallbackTime is cleared: its address is no longer in use.
  void on_tick(const Now& now);
  std::optional<Instant> next_deadline() const;

  bool fresh() const { return !news_.empty(); }
  std::vector<EndpointNews> take_news() { return std::exchange(news_, {}); }
  std::size_t failing() const { return raised_; }  // raised and not cleared

 private:
  struct Watch {
    WallTime since{};
    Instant last{};  // failure
    std::string why;
    bool raised = false;
    const std::string* owner = nullptr;  // in the key
    const std::string* endpoint = nullptr;
    DeadlineHook deadline{};
  };
  using Watches = std::map<std::pair<std::string, std::string>, Watch>;

  // nullptr: there is no room.
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
