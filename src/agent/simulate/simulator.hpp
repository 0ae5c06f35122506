// Simulator: the devices of a kiosk as an HTTP service, to try a gateway or a backend with: POST /payment,
// /fiscal, /kds and /print do the work and write it down (agent/simulate/device_journal); GET /payment/ORDER
// says what became of an order (404: surely not done); GET /health/payment says whether the device is ready.
// Two stand-ins have a queue, take a job at once, and say later what became of it: a fiscal printer in the way
// of ATOL's web server (POST /api/v2/requests with a uuid, GET /api/v2/requests/UUID), and a card terminal in
// the way of Kaspi's (POST or GET /v2/payment, GET /v2/status?processId=ID). Faults are played on demand: POST
// /simulator/next {"fault":"unknown"} for the next work, POST /simulator/fault for all from now on ("none" ends
// it); GET /simulator/journal lists what was done. One thread, that of run().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/simulate/device_journal.hpp"
#include "base/clock.hpp"

namespace kgw {

enum class DeviceFault : std::uint8_t {
  none,
  declined,   // the customer's bank says no; nothing done
  busy,       // 503; nothing done
  not_ready,  // paper out: health says so too; nothing done
  unknown,    // done, but never answered
  error,      // done, but answered with 500 "already exists"
  garbage,    // done, but the answer is not JSON
  slow,       // done and answered ten times as late
};
struct DeviceFaultInfo {
  DeviceFault fault{};
  std::string_view name;
  std::string_view what;
};
std::span<const DeviceFaultInfo> device_faults();
std::optional<DeviceFault> parse_device_fault(std::string_view name);

class Simulator {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;     // 0: any that is free
    Milliseconds takes{1'500};  // a payment; the printers are five times as fast
    DeviceFault fault = DeviceFault::none;
  };
  // Listens at once. Throws std::runtime_error if it can't.
  Simulator(const Settings& settings, DeviceJournal journal);
  ~Simulator();
  Simulator(const Simulator&) = delete;

  std::uint16_t port() const;
  // Returns after stop().
  void run();
  // Thread: any.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
