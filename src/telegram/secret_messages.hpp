// SecretMessages: messages that contain a token or a key, deleted after ten minutes, even if the gateway is
// restarted meanwhile: the list is kept in the store. Bounded. Loop thread only.
#pragma once

#include <deque>
#include <optional>

#include "telegram/console.hpp"
#include "telegram/sender.hpp"

namespace kgw::telegram {

class SecretMessages {
 public:
  static constexpr auto kLife = std::chrono::minutes(10);
  static constexpr std::size_t kMax = 200;

  SecretMessages(Console& console, Sender& sender, const Now& now);

  // Deletes the message after kLife. Beyond kMax the oldest is deleted at once.
  void add(std::int64_t chat, std::int64_t message, const Now& now);
  // Deletes the message now.
  void remove(std::int64_t chat, std::int64_t message);
  void on_tick(const Now& now);
  std::optional<Instant> next_time() const;

 private:
  struct Secret {
    std::int64_t chat;
    std::int64_t message;
    WallTime due;
  };
  void keep();
  void retime(const Now& now);

  Console& console_;
  Sender& sender_;
  std::deque<Secret> secrets_;  // the next one to delete first
  std::optional<Instant> next_;
};

}  // namespace kgw::telegram
