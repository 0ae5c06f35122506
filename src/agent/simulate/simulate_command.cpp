#include "agent/simulate/simulate_command.hpp"

#include <iostream>
#include <utility>

#include "agent/simulate/simulator.hpp"

namespace kgw {
namespace {

constexpr int kExitUsage = 2;

}  // namespace

std::string device_fault_help() {
  std::string text;
  for (const DeviceFaultInfo& info : device_faults())
    text += "  " + std::string(info.name) + ": " + std::string(info.what) + "\n";
  return text;
}

int run_simulator(const SimulateArguments& arguments) {
  const auto fault = parse_device_fault(arguments.fault);
  if (!fault) {
    std::cerr << "'" << arguments.fault << "' is not a fault; allowed:\n" << device_fault_help();
    return kExitUsage;
  }
  DeviceJournal in_memory;
  auto journal = arguments.journal.empty() ? Result<DeviceJournal>(std::move(in_memory))
                                           : DeviceJournal::open(arguments.journal);
  if (!journal) {
    std::cerr << journal.error().message << "\n";
    return 1;
  }
  Simulator simulator({.host = arguments.host,
                       .port = arguments.port,
                       .takes = Milliseconds(arguments.takes_ms),
                       .fault = *fault},
                      *std::move(journal));
  std::cout << "Simulated devices are listening on http://" << arguments.host << ":" << simulator.port()
            << " (payment, fiscal, kds, print; with a queue: /api/v2/requests, /v2/payment).\n"
            << "A route: --route payment=http://" << arguments.host << ":" << simulator.port() << "/payment"
            << std::endl;
  simulator.run();
  return 0;
}

}  // namespace kgw
