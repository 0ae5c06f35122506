// LocalClient: HTTP calls to the services of this kiosk and its shop, on the agent's loop, over Beast's
// streams: libcurl would bring thirty libraries along. Each call has a connection of its own, so that nothing
// is ever sent twice. The environment's proxies are not used: a device is in the same house. Used on the loop's
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/agent_loop.hpp"
#include "net/outbound.hpp"

namespace kgw {

class LocalClient {
 public:
  // Requires `loop` to outlive it.
  explicit LocalClient(AgentLoop& loop, std::size_t calls_max = 1'000);
  ~LocalClient();  // ends all calls; their callbacks are never called
  LocalClient(const LocalClient&) = delete;

  // Calls; `callback` is called once, later. `refused`: nothing of the request was sent. Of the request's own
  // proxy, parse_proxy_url's forms are known. Returns false and does nothing if too many calls are under way.
  bool start(OutboundRequest request, std::function<void(OutboundAnswer)> callback);

  std::size_t calling() const { return calls_.size(); }

  // Calls once and blocks until it is done, on a loop of its own; for commands. `ca_file` as AgentLoop::trust()
  // has it; empty: none.
  static OutboundAnswer run(OutboundRequest request, const std::string& ca_file = {});

 private:
  class Call;
  AgentLoop& loop_;
  const std::size_t calls_max_;
  std::uint64_t ids_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Call>> calls_;
  std::shared_ptr<LocalClient*> self_;  // what was posted goes through it: null once this is destroyed
};

}  // namespace kgw
