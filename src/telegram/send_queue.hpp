// SendQueue: what is to be said, in which order and when. Obeys Telegram's limits (one message a second in a
// chat, 20 a minute in a group, 30 a second in all, and what retry_after says); one message of a chat is out at
// a time, so that their order stays. Bounded: past limits::kTelegramQueueMax the oldest of the least important
// go, and how many went is said in that chat's next message. Pure: time comes in, messages come out.
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
  bool once = false;  // never again when it is not known whether it arrived
  std::string method = "sendMessage";
  boost::json::object parameters{};  // without chat_id
  // Hears Telegram's word, or that the message was dropped (ok false, code 0).
  std::function<void(const ApiAnswer&)> done{};
};

class SendQueue {
 public:
  static constexpr auto kChatGap = std::chrono::seconds(1);
  // A little less than Telegram allows: what leaves evenly arrives in heaps.
  static constexpr auto kGroupWindow = std::chrono::seconds(61);
  static constexpr std::size_t kPerGroupWindow = 20;
  static constexpr auto kGap = std::chrono::milliseconds(50);

  void add(Message message);
  // The message to be sent now; its chat is busy until sent(). Nothing: none may leave now.
  std::optional<Message> next(Instant now);
  // When next() may have one, if nothing else happens; nothing: when something is added, or sent.
  std::optional<Instant> next_time(Instant now) const;

  // What became of a message that next() gave.
  void sent(const Message& message, Instant now);
  // Once more, in its place: the chat rests for so long.
  void again(Message message, Instant now, std::chrono::milliseconds rest);
  // Nothing leaves before.
  void rest_all(Instant until) { rest_ = std::max(rest_, until); }
  // A group that became another one: what waits goes there, and what comes for the old id too.
  void move(std::int64_t from, std::int64_t to);
  std::int64_t where(std::int64_t chat) const;

  std::size_t size() const { return waiting_.size(); }
  bool waits_for(std::int64_t chat) const;
  // How many messages to this chat were dropped since this was asked.
  std::uint64_t take_dropped(std::int64_t chat);
  std::uint64_t dropped() const { return dropped_; }  // of all chats, since the start

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
