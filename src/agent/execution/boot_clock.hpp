// BootClock: time since the machine was started, the time it slept included (CLOCK_BOOTTIME): deadlines of
// requests are measured with it, since a wall clock may be set and a steady one stands still in suspend
// (PROTOCOL.md 4.1). A value means nothing in another boot, so each carries its boot's name.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace kgw {

class BootClock {
 public:
  virtual ~BootClock() = default;
  virtual Milliseconds now() const = 0;
  // The same for all processes until the machine is restarted.
  virtual const std::string& boot() const = 0;
};

class SystemBootClock final : public BootClock {
 public:
  SystemBootClock();
  Milliseconds now() const override;
  const std::string& boot() const override { return boot_; }

 private:
  std::string boot_;
};

}  // namespace kgw
