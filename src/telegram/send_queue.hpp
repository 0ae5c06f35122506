// SendQueue: what to send, in which order and when. Respects Telegram's limits (one message a second per
// chat, 20 a minute per group, 30 a second in total, and retry_after); one message per chat is in flight at a
// time, so that their order is kept. Bounded: beyond limits::kTelegramQueueMax the oldest of the least
// important are dropped, and that chat's next message says how many. Pure: time comes in, messages come out.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "telegram/bot_api.hpp"

namespace kgw::telegram {

enum class Importance : std::uint8_t { log, answer, alert };

struct Message {
  std::int64_t chat = 0;
  Importance importance = Importance::answer;
  bool once = false;  // never repeated if it may have arrived
  std::string method = "sendMessage";
  boost::json::object parameters{};  // without chat_id
  // Called with Telegram's answer, or when the message was dropped (ok false, code 0).
  std::function<void(const ApiAnswer&)> done{};
};

class SendQueue {
 public:
  static constexpr auto kChatGap = std::chrono::seconds(1);
  // A little less than Telegram allows: messages sent at an even pace arrive in bursts.
  static constexpr auto kGroupWindow = std::chrono::seconds(61);
  static constexpr std::size_t kPerGroupWindow = 20;
  static constexpr auto kGap = std::chrono::milliseconds(50);

  void add(Message message);
  // Returns the message to send now; its chat is busy until sent() or again(). nullopt if none may be sent
  // yet.
  std::optional<Message> next(Instant now);
  // When next() may return a message if nothing else happens; nullopt: only after add() or sent().
  std::optional<Instant> next_time(Instant now) const;

  // Reports that a message from next() is done, successfully or not.
  void sent(const Message& message, Instant now);
  // Puts the message back first in line; its chat pauses for `rest`.
  void again(Message message, Instant now, std::chrono::milliseconds rest);
  // Sends nothing before `until`.
  void rest_all(Instant until) { rest_ = std::max(rest_, until); }
  // A group became another one: what is waiting goes there, and so does everything for the old id from now
  // on.
  void move(std::int64_t from, std::int64_t to);
  std::int64_t where(std::int64_t chat) const;

  std::size_t size() const { return waiting_.size(); }
  bool waits_for(std::int64_t chat) const;
  // Returns how many messages to this chat were dropped since the last call.
  std::uint64_t take_dropped(std::int64_t chat);
  std::uint64_t dropped() const { return dropped_; }  // in all chats, since the start

 private:
  struct Chat {
    Instant free_at{};
    bool busy = false;
    std::deque<Instant> times;  // of a group, within the window
    std::uint64_t dropped = 0;
  };
  Instant ready_at(std::int64_t chat) const;
  void drop_one();
  void forget_old(Instant now);

  std::deque<Message> waiting_;  // oldest first
  std::map<std::int64_t, Chat> chats_;
  std::unordered_map<std::int64_t, std::int64_t> moved_;
  Instant rest_{};
  std::uint64_t dropped_ = 0;
};

}  // namespace kgw::telegram
