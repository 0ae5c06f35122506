// `kiosk-gateway demo`: a gateway with kiosks to try it with, in one process (the kiosks run on their own
// threads and connect by WebSocket like any other). Its state is in its own folder, never in a real
// gateway's.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "agent/demo.hpp"
#include "settings/config.hpp"

namespace kgw {

struct DemoCommand {
  std::string program;  // how this program was called, for commands to copy
  int kiosks = 1;
  std::set<DemoFault> faults;
};

// The demo's DATA_DIR unless another one is set.
inline constexpr std::string_view kDemoDataDir = "./demo-data";

// Returns the settings as the demo uses them: its own folder, the embedded store, no key needed for programs
// on this machine.
LoadedConfig demo_settings(LoadedConfig loaded);

// Runs until SIGINT or SIGTERM; `read_again` is called on SIGHUP. Returns the exit code; errors are printed
// on stderr.
int run_demo(const LoadedConfig& given, std::function<LoadedConfig()> read_again, const DemoCommand& command);

}  // namespace kgw
