// `kiosk-gateway demo`: a gateway with kiosks to play with, in one process (the kiosks on threads of their own,
// coming in by WebSocket like any other). Its state is in a folder of its own, never in a real gateway's.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "agent/demo.hpp"
#include "settings/config.hpp"

namespace kgw {

struct DemoCommand {
  std::string program;  // how this one was called, for lines to copy
  int kiosks = 1;
  std::set<DemoFault> faults;
};

// Where the demo keeps its state when nobody says where.
inline constexpr std::string_view kDemoDataDir = "./demo-data";

// The settings as the demo has them: a folder of its own, the embedded store, no key for programs on this
// machine.
LoadedConfig demo_settings(LoadedConfig loaded);

// Until SIGINT or SIGTERM; `read_again` is what SIGHUP calls. Gives the exit code; what went wrong is on
// stderr.
int run_demo(const LoadedConfig& given, std::function<LoadedConfig()> read_again, const DemoCommand& command);

}  // namespace kgw
