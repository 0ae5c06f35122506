// HealthServer: GET /health, /metrics and the page at / on 127.0.0.1, on a thread of its own. Each answer is
// made from a report that the agent's loop is asked for: an agent that hangs has no answer, as it should be.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "agent/health/health_report.hpp"
#include "base/result.hpp"

namespace kgw {

class HealthServer {
 public:
  // Has to call its argument once, from any thread, unless the program ends first.
  using Ask = std::function<void(std::function<void(HealthReport)> done)>;

  // Listens at once. port 0: any that is free. Error: a sentence; the agent can do without.
  static Result<std::unique_ptr<HealthServer>> start(std::uint16_t port, Ask ask);
  // Requires that nothing calls an Ask's argument any more.
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;

  std::uint16_t port() const;

 private:
  HealthServer();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
