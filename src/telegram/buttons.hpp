// Buttons: what a press on an inline button means. The button itself holds only a nonce. Each set of buttons
// works for one person or for every admin, for a while, once or again and again. Bounded: the oldest go first.
// Pure.
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

struct Pressed;  // who pressed what, where: telegram/bot.hpp

class Buttons {
 public:
  static constexpr std::size_t kSetsMax = 200;
  static constexpr std::size_t kNonceChars = 16;
  // `choice`: which of the set.
  using Action = std::function<void(const Pressed& pressed, std::string_view choice)>;

  explicit Buttons(Random& random) : random_(random) {}

  struct Rules {
    std::optional<std::int64_t> only;  // this person; nothing: every admin
    std::chrono::seconds life{120};
    bool once = true;
  };
  // The nonce of a new set.
  std::string add(Rules rules, Instant now, Action action);
  // What stands in a button of the set: at most 64 bytes, which is what Telegram takes.
  static std::string data(const std::string& nonce, std::string_view choice) {
    return nonce + ":" + std::string(choice);
  }

  enum class Refusal : std::uint8_t { unknown, not_yours };
  struct Press {
    std::optional<Refusal> refusal;
    Action action;
    std::string choice;
  };
  // Takes the set out when it works only once.
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
