// LongPolls: callers of GET /requests/{id}?wait=N that wait for a request's end. A bounded number, with a share
// for each caller. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/shares.hpp"
#include "shell/onlookers.hpp"

namespace kgw {

class LongPolls final : public Onlooker {
 public:
  // Called once: the request has ended, or `until` has passed.
  using Over = std::function<void()>;

  // Returns false, and never calls `over`, if too many wait, or `holder` has its share of them.
  bool wait(std::string_view holder, const RequestId& id, Instant until, Over over);

  void on_request_ended(const Reply& reply) override;
  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);

 private:
  using Deadlines = std::multimap<Instant, RequestId>;
  struct Poll {
    std::string holder;
    Deadlines::iterator until;
    Over over;
  };
  // Takes those out of the polls of `id` that are over by then.
  std::vector<Poll> take(const RequestId& id, Instant by);
  void end(const std::vector<Poll>& over);

  Shares shares_{limits::kLongPollsMax};
  std::unordered_map<RequestId, std::vector<Poll>, RequestIdHash> polls_;
  Deadlines deadlines_;  // one of each poll
};

}  // namespace kgw
