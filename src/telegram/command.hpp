// Command: one command for admins. Each is in its own file, commands/NAME.cpp, which defines `const Command&
// command_NAME()`; CMake gathers them (commands.cpp.in). A command gets a Talk.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telegram/console.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {

class Bot;

// Where a message was written: a chat, and the topic in it (a forum's message_thread_id; 0: none, or
// General).
struct Place {
  std::int64_t chat = 0;
  std::int64_t topic = 0;
  bool in_private = false;
};

// A command's sender, and the way to answer. Small and freely copied: callbacks keep it. Requires the Bot to
// outlive it.
class Talk {
 public:
  Talk(Bot& bot, std::int64_t user, const Place& place, Language language, std::string arguments)
      : bot_(&bot), user_(user), place_(place), language_(language), arguments_(std::move(arguments)) {}

  std::int64_t user() const { return user_; }
  Language language() const { return language_; }
  bool in_private() const { return place_.in_private; }
  const std::string& arguments() const { return arguments_; }  // everything after the command, trimmed
  // Removes and returns the next word of the arguments; "" if there is none.
  std::string take_word();

  Console& console() const;
  WallTime now() const;

  // --- answers, in HTML
  void say_html(const std::string& html) const;
  void say(const Phrase& phrase, std::initializer_list<std::string_view> values = {}) const {
    say_html(fill(language_, phrase, values));
  }
  void say_fault(const Fault& fault) const { say_html("❌ " + words_of(language_, fault)); }
  std::string words(const Phrase& phrase, std::initializer_list<std::string_view> values = {}) const {
    return fill(language_, phrase, values);
  }
  // Explains how the command is written.
  void say_usage() const;
  // Sends a secret: protected, with a button to delete it, and deleted automatically after
  // SecretMessages::kLife. Requires in_private(), which is guaranteed for a command with `secret`.
  void say_secret(const std::string& html) const;
  // Asks first; `action` runs once, if this admin presses the button in time.
  void confirm(const std::string& question, const Phrase& yes, std::function<void(const Talk&)> action) const;
  // Sends a text with pages. `pages` passes on the HTML of one, numbered from 0, and how many there are, now or
  // later; or says itself why it can't.
  struct Page {
    std::string html;
    std::size_t count = 1;  // of all pages
  };
  using ShowPage = std::function<void(const Page&)>;
  using Pages = std::function<void(const Talk&, std::size_t, const ShowPage&)>;
  void say_pages(const Pages& pages) const;
  // Changes the language of this admin.
  void speak(Language language, Console::Then<void> then) const;
  const struct Command* command = nullptr;
  Bot& bot() const { return *bot_; }
  const Place& place() const { return place_; }
  std::int64_t chat() const { return place_.chat; }

 private:
  Bot* bot_;
  std::int64_t user_;
  Place place_;
  Language language_;
  std::string arguments_;
};

struct Command {
  std::string_view name;
  Phrase arguments;      // "<id> [name]"; empty: none
  Phrase about;          // one line
  int place = 0;         // position in the list
  bool changes = false;  // with arguments it changes something: runs only once its update is durable
  bool secret = false;   // its answer contains a token or key: private chats only
  void (*run)(Talk talk) = nullptr;
};

// All commands, by place.
std::span<const Command* const> commands();
const Command* find_command(std::string_view name);

// Shared by several commands.
// Returns nullopt after answering what is wrong.
std::optional<std::string> take_kiosk_id(Talk& talk);
std::string kiosk_title(const KioskRecord& record);  // HTML: "<b>id</b> name"

}  // namespace kgw::telegram
