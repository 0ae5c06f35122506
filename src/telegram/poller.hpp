// Poller: asks Telegram for updates by long polling, one call at a time, and hands them on one by one. Keeps
// going whatever people write: updates that are too large together are fetched one by one, and one that is
// too large by itself is skipped. Backs off when Telegram can't be reached, when another program polls with
// the same token (409) and when the token is wrong; logs each problem once. Loop thread only.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "log/log.hpp"
#include "telegram/bot_api.hpp"

namespace kgw::telegram {

class Poller {
 public:
  // After a week without updates Telegram restarts their numbering.
  static constexpr int kDaysOfNumbers = 6;
  static constexpr auto kLongPoll = std::chrono::seconds(25);

  struct Hooks {
    std::function<bool()> may_poll;
    // Handles one update; `done` must be called exactly once, now or later: the next update is handed on only
    // then.
    std::function<void(const boost::json::object& update, std::function<void()> done)> take;
    // The token is valid; called before the first update.
    std::function<void(const std::string& username)> ready;
  };
  // `last_update`: the last one handled before a restart; 0: none.
  Poller(BotApi& api, std::function<Now()> now, Log& log, std::int64_t last_update, Hooks hooks);

  void on_tick(const Now& now);
  // Whether the last getUpdates succeeded.
  bool works() const { return told_ == 0; }
  std::optional<Instant> next_time() const;
  // Telegram's time, as of its last answer; before that, ours. Messages have its timestamps, and our clock
  // may be wrong.
  WallTime telegram_time() const { return now_().wall + ahead_; }

 private:
  void ask_who_we_are();
  void ask_for_updates();
  void answered(const ApiAnswer& answer);
  void failed(const ApiAnswer& answer);
  void too_large(const ApiAnswer& answer);
  void read_clock(const ApiAnswer& answer);
  void next_update();

  BotApi& api_;
  const std::function<Now()> now_;
  Log& log_;
  const Hooks hooks_;
  std::int64_t offset_;
  int limit_;              // updates per call; fewer after an answer that was too large
  Milliseconds ahead_{0};  // Telegram's clock, ahead of ours
  std::deque<boost::json::object> updates_;
  Instant asked_{};
  std::chrono::milliseconds rest_{0};  // the pause after the updates being handed on
  Instant last_at_{};                  // when the last update came
  bool known_ = false;                 // the bot's own name is known
  bool busy_ = false;
  Instant next_{};
  Backoff backoff_{std::chrono::seconds(1), std::chrono::seconds(60)};
  int told_ = 0;  // the problem that was logged: 0 none, 1 unreachable, else Telegram's code
};

}  // namespace kgw::telegram
