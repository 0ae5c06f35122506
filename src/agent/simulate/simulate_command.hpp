// `kiosk-agent simulate`: runs simulated devices until it is killed.
#pragma once

#include <cstdint>
#include <string>

namespace kgw {

struct SimulateArguments {
  std::string host = "127.0.0.1";
  std::uint16_t port = 9001;
  unsigned takes_ms = 1'500;
  std::string journal;  // a file; empty: in memory
  std::string fault = "none";
};

// Returns the process's exit code.
int run_simulator(const SimulateArguments& arguments);
std::string device_fault_help();  // "declined: ...", a line each

}  // namespace kgw
