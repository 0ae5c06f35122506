// Sender: sends what the SendQueue releases to Telegram, and handles the answers: pauses when asked to,
// retries what was not accepted, follows a group that moved, and sends a message without markup rather than
// not at all. Loop thread only.
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

// Sending, since the start.
struct SendFigures {
  std::size_t waiting = 0;     // messages, including those in flight
  std::uint64_t sent = 0;      // accepted by Telegram
  std::uint64_t failures = 0;  // failed attempts
  std::uint64_t dropped = 0;   // no room, or refused for good
  bool reached = true;         // at the last attempt
};

class Sender {
 public:
  // Called when a group became another one.
  using Moved = std::function<void(std::int64_t from, std::int64_t to)>;
  Sender(BotApi& api, std::function<Now()> now, Log& log, Moved moved)
      : api_(api), now_(std::move(now)), log_(log), moved_(std::move(moved)) {}

  void add(Message message);
  // A call outside the message limits (answerCallbackQuery, deleteMessage); tried once.
  void call(std::string_view method, const boost::json::object& parameters, BotApi::Callback callback = {});

  // Sends what may be sent now; call after poll(), on_tick() and whatever added a message.
  void pump();
  // Free while nothing changes: it is called at the end of each turn of the loop.
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
  std::optional<Instant> next_time_;  // valid until `changed_`
  Instant rests_until_{};
  Backoff backoff_{kBackoffFirst, std::chrono::seconds(60)};  // failing: Telegram can't be reached
  std::set<std::int64_t> refusing_;                           // chats that refuse messages, each logged once
};

}  // namespace kgw::telegram
