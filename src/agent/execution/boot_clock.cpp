#include "agent/execution/boot_clock.hpp"

#include <ctime>
#include <fstream>

namespace kgw {

SystemBootClock::SystemBootClock() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  // Without it every start counts as another boot: what was not finished is then never started late.
  if (!std::getline(in, boot_) || boot_.empty())
    boot_ = "since " + std::to_string(SystemClock().now().wall.time_since_epoch().count());
}

Milliseconds SystemBootClock::now() const {
  timespec at{};
  ::clock_gettime(CLOCK_BOOTTIME, &at);
  return std::chrono::duration_cast<Milliseconds>(std::chrono::seconds(at.tv_sec) +
                                                  std::chrono::nanoseconds(at.tv_nsec));
}

}  // namespace kgw
