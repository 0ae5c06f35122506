// Delivery: the way of results from the outbox to the gateway: what is owed goes to the link, a few at a time,
// and counts as delivered once it is written. v1 has no receipt: what was written shortly before a connection
// ended is sent once more over the next one (the gateway ignores an answer that it has). Used on the link's
// loop.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "agent/execution/outbox.hpp"
#include "agent/link.hpp"
#include "base/clock.hpp"

namespace kgw {

class Delivery {
 public:
  // Requires all three to outlive it. `on_fault`: the outbox can't be read or written.
  Delivery(Outbox& outbox, Link& link, const Clock& clock, std::function<void(const Fault&)> on_fault)
      : outbox_(outbox), link_(link), clock_(clock), on_fault_(std::move(on_fault)) {}

  // Call whenever the outbox may owe something new.
  void pump();
  // The link's hooks.
  void on_up();
  void on_written(const std::string& request_id);
  void on_down(bool was_up);

 private:
  Outbox& outbox_;
  Link& link_;
  const Clock& clock_;
  const std::function<void(const Fault&)> on_fault_;
  std::set<std::string> in_link_;
  WallTime up_since_{};
};

}  // namespace kgw
