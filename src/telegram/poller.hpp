// Poller: asks Telegram for what people wrote, by long polling, one call at a time, and hands it on one by one.
// Whatever people write, it goes on: updates that are too large together are asked for one by one, and one that
// is too large alone is skipped.
// Backs off when Telegram can't be reached, when another program polls with the same token (409), and when the
// token is wrong; each is said once in the log. Loop thread only.
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
  // After a week without updates Telegram numbers them anew.
  static constexpr int kDaysOfNumbers = 6;
  static constexpr auto kLongPoll = std::chrono::seconds(25);

  struct Hooks {
    std::function<bool()> may_poll;
    // One update; `done` must be called once, now or later: only then the next one comes.
    std::function<void(const boost::json::object& update, std::function<void()> done)> take;
    std::function<void(const std::string& username)> ready;  // the token is right; before the first update
  };
  // `last_update`: the last one that was taken in an earlier life; 0: none.
  Poller(BotApi& api, std::function<Now()> now, Log& log, std::int64_t last_update, Hooks hooks);

  void on_tick(const Now& now);
  // What Telegram last said, or did not say, to getUpdates was in order.
  bool works() const { return told_ == 0; }
  std::optional<Instant> next_time() const;
  // What Telegram's clock shows now, as far as its last answer told; until then ours. Messages bear its time,
  // and ours may be wrong.
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
  int limit_;              // updates asked for at a time; fewer after an answer that was too large
  Milliseconds ahead_{0};  // Telegram's clock, of ours
  std::deque<boost::json::object> updates_;
  Instant asked_{};
  std::chrono::milliseconds rest_{0};  // after the updates that are being handed on
  Instant last_at_{};                  // when the last update came
  bool known_ = false;                 // who we are
  bool busy_ = false;
  Instant next_{};
  Backoff backoff_{std::chrono::seconds(1), std::chrono::seconds(60)};
  int told_ = 0;  // the trouble that stands in the log: 0 none, 1 unreachable, else Telegram's code
};

}  // namespace kgw::telegram
