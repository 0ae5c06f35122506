// `kiosk-gateway demo`: a gateway with kiosks to play with, in one process (the kiosks on threads of their own,
// coming in by WebSocket like any other).
#pragma once

#include <functional>
#include <set>

#include "agent/demo.hpp"
#include "gateway/config.hpp"

namespace kgw {

struct DemoCommand {
  int kiosks = 1;
  std::set<DemoFault> faults;
};

// Until SIGINT or SIGTERM; `read_again` is what SIGHUP calls. Gives the exit code; what went wrong is on
// stderr.
int run_demo(const LoadedConfig& loaded, std::function<LoadedConfig()> read_again, const DemoCommand& command);

}  // namespace kgw
