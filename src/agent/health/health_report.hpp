// HealthReport: how an agent is, at one moment, and its three forms: JSON for programs, Prometheus' text, and a
// page for the person in the shop. Values and pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

// What a device said of itself when its route's `health` was asked last.
struct DeviceState {
  std::string operation{};
  bool ready = false;
  std::string message{};  // why it is not ready, or what it says; may be empty
  WallTime since{};       // of this state
};

struct HealthReport {
  struct Stats {
    std::uint64_t answered = 0;     // the local service's own answer was sent back
    std::uint64_t failed = 0;       // an error was
    std::uint64_t declined = 0;     // surely not done
    std::uint64_t repeated = 0;     // came again, and was not carried out again
    std::uint64_t interrupted = 0;  // cut off by the end of an earlier process
    std::uint64_t links_lost = 0, attempts_failed = 0;
  };
  struct Mishap {
    std::string text;
    WallTime at{};
  };
  std::string version, kiosk, gateway;
  WallTime now{};  // of the report
  bool connected = false;
  WallTime link_since{};  // connected, or not, since then
  std::optional<std::chrono::nanoseconds> round_trip;
  std::chrono::seconds uptime{0};
  std::size_t queue_size = 0;  // requests that wait or run
  std::size_t unsent = 0;      // answers that wait for the connection
  std::vector<std::string> routes;
  std::vector<DeviceState> devices;
  Stats stats;
  std::optional<Mishap> last_error;

  // Connected, and every device that can say so is ready.
  bool all_well() const;
};

enum class PageLanguage : std::uint8_t { english, russian };

// {"status":"ok"|"degraded","version",…}; times as RFC 3339.
std::string health_json(const HealthReport& report);
std::string health_metrics(const HealthReport& report);
// A whole HTML page that needs nothing else. Times are this machine's local ones.
std::string health_page(const HealthReport& report, PageLanguage language);
// By an Accept-Language field (RFC 9110 12.5.4) in the usual form: the first of the two that is named.
PageLanguage language_of(std::string_view accept_language);

}  // namespace kgw
