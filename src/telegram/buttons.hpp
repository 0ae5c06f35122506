// Buttons: what a press of an inline button means. The button itself holds only a nonce. A set of buttons
// works for one person or for every admin, for a limited time, once or repeatedly. Bounded: the oldest set is
// dropped. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kgw::telegram {

struct Pressed;  // who pressed what and where: telegram/bot.hpp

class Buttons {
 public:
  static constexpr std::size_t kSetsMax = 200;
  static constexpr std::size_t kNonceChars = 16;
  // `choice`: which button of the set.
  using Action = std::function<void(const Pressed& pressed, std::string_view choice)>;

  explicit Buttons(Random& random) : random_(random) {}

  struct Rules {
    std::optional<std::int64_t> only;  // this person only; nullopt: every admin
    std::chrono::seconds life{120};
    bool once = true;
  };
  // Adds a set and returns its nonce.
  std::string add(Rules rules, Instant now, Action action);
  // The callback data of one button; Telegram allows 64 bytes.
  static std::string data(const std::string& nonce, std::string_view choice) {
    return nonce + ":" + std::string(choice);
  }

  enum class Refusal : std::uint8_t { unknown, not_yours };
  struct Press {
    std::optional<Refusal> refusal;
    Action action;
    std::string choice;
  };
  // Looks a press up; removes the set if it works only once.
  Press press(std::string_view data, std::int64_t user, Instant now);

 private:
  struct Set {
    std::string nonce;
    Rules rules;
    Instant ends;
    Action action;
  };
  Random& random_;
  std::deque<Set> sets_;
};

}  // namespace kgw::telegram
