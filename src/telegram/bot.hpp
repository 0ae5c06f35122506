// Bot: how the gateway's operators talk to it. Takes updates from the Poller, identifies the sender (by user
// id, never by chat), makes each update's number durable before its command runs, and gives commands a way to
// answer. Asks the gateway only through a Console. Never blocks: curl works on its own thread, and everything
// that queues is bounded. Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "log/log.hpp"
#include "telegram/bot_api.hpp"
#include "telegram/buttons.hpp"
#include "telegram/command.hpp"
#include "telegram/console.hpp"
#include "telegram/log_chat.hpp"
#include "telegram/poller.hpp"
#include "telegram/secret_messages.hpp"
#include "telegram/sender.hpp"
#include "telegram/strangers.hpp"

namespace kgw::telegram {

// A press of a button: by whom, on which message.
struct Pressed {
  Talk talk;
  std::int64_t message = 0;
  std::string query;  // Telegram's id of the press, to be acknowledged
};

class Bot {
 public:
  static constexpr auto kStaleTime = std::chrono::minutes(2);
  static constexpr auto kConfirmTime = std::chrono::minutes(2);
  static constexpr auto kPagesTime = std::chrono::hours(1);

  struct Settings {
    BotApi::Settings api;
    std::set<std::int64_t> admins;         // TELEGRAM_ADMIN_IDS
    std::optional<std::int64_t> log_chat;  // TELEGRAM_LOG_CHAT_ID
    bool polling = true;                   // ENABLE_TELEGRAM_POLLING
  };
  // `now`: the loop's time. `wake`: called on any thread when poll() has something to do. Requires all of
  // them to outlive the bot.
  Bot(Settings settings, Console& console, std::function<Now()> now, std::function<void()> wake, Random& random,
      Log& log);

  void poll();
  void on_tick(const Now& now);
  std::optional<Instant> next_time();
  void set_admins(std::set<std::int64_t> admins) { settings_.admins = std::move(admins); }

  // Publishes alerts to every admin, in their language; those that arrive while a message is in flight are
  // combined.
  void tell(std::vector<AlertNews> news, std::uint64_t dropped);
  LogChat& log_chat() { return log_chat_; }
  SendFigures figures() const { return sender_.figures(); }
  bool works() const { return sender_.figures().reached && poller_.works(); }

  // --- for Talk
  Console& console() { return console_; }
  Now now() const { return now_(); }
  Buttons& buttons() { return buttons_; }
  // Queues a message, cut to Telegram's limits. `more`: further parameters of the call; `done`: as
  // Message::done.
  void say(const Place& place, const std::string& html, Importance importance = Importance::answer,
           boost::json::object more = {}, std::function<void(const ApiAnswer&)> done = {});
  void say_secret(const Talk& talk, const std::string& html);
  void edit(const Pressed& pressed, const std::string& html, boost::json::object more = {});
  // Ends the progress indicator of a pressed button.
  void acknowledge(const Pressed& pressed, const std::string& text = {}, bool alarm = false);
  // Sets the language of a user or group, at once; `then` reports when it is durable.
  void speak(std::int64_t id, Language language, Console::Then<void> then);
  // English for those who have not chosen.
  Language language_of(std::int64_t id) const;

 private:
  using Done = std::function<void()>;
  Language language_of(std::int64_t user, const boost::json::object& from) const;
  void take(const boost::json::object& update, Done done);
  void take_message(std::int64_t update, const boost::json::object& message, Done done);
  void take_press(std::int64_t update, const boost::json::object& press, Done done);
  void run(std::int64_t update, const Command& command, Talk talk, Done done);
  void press(const Pressed& pressed, const std::string& data);
  void keep_update(std::int64_t update, Console::Then<void> then);
  void refuse(std::int64_t user, const Place& place, Language language, const std::string& what);
  void publish_commands(std::size_t language = 0);
  void pump_log();
  void pump_news();
  std::string prefix_of_dropped(std::int64_t chat, Language language);
  void load_languages();
  void keep_languages(Console::Then<void> then);

  Settings settings_;
  Console& console_;
  const std::function<Now()> now_;
  Log& log_;
  BotApi api_;
  Sender sender_;
  Poller poller_;
  Buttons buttons_;
  SecretMessages secrets_;
  Strangers strangers_;
  LogChat log_chat_;
  bool log_out_ = false;  // a message to the log chat is in flight
  std::vector<AlertNews> news_;
  std::uint64_t more_news_ = 0;
  std::size_t news_out_ = 0;  // messages with news in flight
  Instant news_next_{};
  std::string username_;
  std::map<std::int64_t, Language> languages_;  // of users who have written, or have chosen one
};

}  // namespace kgw::telegram
