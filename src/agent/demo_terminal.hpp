// DemoTerminal: the devices behind a kiosk, simulated: a card terminal, a fiscal printer, a kitchen display
// and a receipt printer, as HTTP services on 127.0.0.1, on its own thread. Takes as long as people and paper
// do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace kgw {

// The balance of the demo's card: a larger payment is declined.
inline constexpr int kDemoCardHolds = 100'000;

class DemoTerminal {
 public:
  struct Settings {
    // How long a customer takes to present the card; the printers are five times as fast. Always more than a
    // second, so that a caller with Header-Timeout: 1 always sees a timeout.
    Milliseconds card_min{1'200};
    Milliseconds card_max{2'500};
  };
  // Listens on a free port of 127.0.0.1. Throws std::runtime_error if it can't.
  explicit DemoTerminal(Settings settings);
  ~DemoTerminal();  // ends the thread; the connections of unanswered calls are closed
  DemoTerminal(const DemoTerminal&) = delete;

  // "payment", "fiscal", "kds", "print" -> "http://127.0.0.1:PORT/payment".
  std::string url(std::string_view operation) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
