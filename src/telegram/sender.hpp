// Sender: carries what the SendQueue lets out to Telegram, and what Telegram says of it back: waits when it is
// asked to, tries again what was not taken, follows a group that moved, and says a message without its markup
// rather than not at all. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "log/log.hpp"
#include "telegram/bot_api.hpp"
#include "telegram/send_queue.hpp"

namespace kgw::telegram {

// How sending goes, since the start.
struct SendFigures {
  std::size_t waiting = 0;     // messages, those under way included
  std::uint64_t sent = 0;      // taken by Telegram
  std::uint64_t failures = 0;  // tries that failed
  std::uint64_t dropped = 0;   // for want of room, or refused for good
  bool reached = true;         // at the last try
};

class Sender {
 public:
  // `moved`: a group became another one.
  using Moved = std::function<void(std::int64_t from, std::int64_t to)>;
  Sender(BotApi& api, std::function<Now()> now, Log& log, Moved moved)
      : api_(api), now_(std::move(now)), log_(log), moved_(std::move(moved)) {}

  void add(Message message);
  // A call that no limit counts (answerCallbackQuery, deleteMessage); tried once.
  void call(std::string_view method, const boost::json::object& parameters, BotApi::Callback callback = {});

  // Lets out what may leave now; after poll(), on_tick() and whatever added something.
  void pump();
  // Costs nothing while nothing changes: it is asked at the end of each turn of the loop.
  std::optional<Instant> next_time();
  SendQueue& queue() { return queue_; }
  const SendQueue& queue() const { return queue_; }
  SendFigures figures() const {
    return {queue_.size() + out_, sent_, failures_, queue_.dropped() + given_up_, !backoff_.failing()};
  }

 private:
  void take(Message message, const ApiAnswer& answer);
  void refused(Message message, const ApiAnswer& answer);
  void unreached(Message message, const ApiAnswer& answer);

  static constexpr auto kBackoffFirst = std::chrono::seconds(1);

  BotApi& api_;
  const std::function<Now()> now_;
  Log& log_;
  const Moved moved_;
  SendQueue queue_;
  std::size_t out_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t given_up_ = 0;
  bool changed_ = true;
  std::optional<Instant> next_time_;  // until it changed
  Instant rests_until_{};
  Backoff backoff_{kBackoffFirst, std::chrono::seconds(60)};  // not failing: Telegram can be reached
  std::set<std::int64_t> refusing_;                           // chats that take nothing, told once in the log
};

}  // namespace kgw::telegram
