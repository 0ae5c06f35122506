// Delivery: the way of results from the outbox to the gateway: what is owed goes to the link, a few at a time,
// and counts as delivered once it is written. v1 has no receipt: what was written shortly before a connection
// ended is sent once more over the next one (the gateway ignores an answer that it has). Over v2 it is owed
// until the gateway says that it is stored, and sent once over each connection. Used on the link's loop.
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
  // Over v2: the gateway has it.
  void on_stored(const std::string& request_id);

 private:
  void settle(const std::string& request_id);
  void pump_v2();

  Outbox& outbox_;
  Link& link_;
  const Clock& clock_;
  const std::function<void(const Fault&)> on_fault_;
  bool v2_ = false;
  std::set<std::string> in_link_;
  std::set<std::string> sent_;  // over this connection, and not stored yet
  WallTime up_since_{};
};

}  // namespace kgw
