// DemoTerminal: what stands behind a kiosk, simulated: a card terminal, a fiscal printer, a kitchen display and
// a receipt printer as HTTP services on 127.0.0.1, on a thread of its own. It takes the time that people and
// paper take.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace kgw {

// What is on the demo's card: a payment of more is declined.
inline constexpr int kDemoCardHolds = 100'000;

class DemoTerminal {
 public:
  struct Settings {
    // How long somebody takes to hold a card to the reader; the printers are five times as quick.
    // Always more than a second, so that a caller with Header-Timeout: 1 sees a timeout each time.
    Milliseconds card_min{1'200};
    Milliseconds card_max{2'500};
  };
  // Listens on any free port of 127.0.0.1. Throws std::runtime_error when it can't.
  explicit DemoTerminal(Settings settings);
  ~DemoTerminal();  // ends the thread; calls that wait for an answer see their connection close
  DemoTerminal(const DemoTerminal&) = delete;

  // "payment", "fiscal", "kds", "print" -> "http://127.0.0.1:PORT/payment".
  std::string url(std::string_view operation) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
