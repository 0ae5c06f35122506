// Command: one thing that admins may ask for. Each stands in a file of its own, command_NAME.cpp, which defines
// `const Command& command_NAME()`; CMake gathers them (commands.cpp.in). What a command is given is a Talk.
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

// Where something was said: a chat, and the topic in it (a forum's message_thread_id; 0: none, or General).
struct Place {
  std::int64_t chat = 0;
  std::int64_t topic = 0;
  bool in_private = false;
};

// Someone's command, and the way back to them. Small and copied freely: callbacks keep it. The Bot outlives it.
class Talk {
 public:
  Talk(Bot& bot, std::int64_t user, const Place& place, Language language, std::string arguments)
      : bot_(&bot), user_(user), place_(place), language_(language), arguments_(std::move(arguments)) {}

  std::int64_t user() const { return user_; }
  Language language() const { return language_; }
  bool in_private() const { return place_.in_private; }
  const std::string& arguments() const { return arguments_; }  // all behind the command, trimmed
  // Takes the next word off the arguments; empty: there is none.
  std::string take_word();

  Console& console() const;
  WallTime now() const;

  // --- answers. HTML.
  void say_html(const std::string& html) const;
  void say(const Phrase& phrase, std::initializer_list<std::string_view> values = {}) const {
    say_html(fill(language_, phrase, values));
  }
  void say_fault(const Fault& fault) const { say_html("❌ " + words_of(language_, fault)); }
  std::string words(const Phrase& phrase, std::initializer_list<std::string_view> values = {}) const {
    return fill(language_, phrase, values);
  }
  // How the command is written.
  void say_usage() const;
  // A secret: protected, with a button that deletes it, and deleted by itself after kSecretTime. REQUIRES
  // in_private(), which a command with `secret` may rely on.
  void say_secret(const std::string& html) const;
  // Asks first; `action` runs when this admin presses the button in time, once.
  void confirm(const std::string& question, const Phrase& yes, std::function<void(const Talk&)> action) const;
  // A text with pages: `page(n)` gives its HTML and whether there are more behind it. `life`: for how long its
  // buttons work.
  struct Page {
    std::string html;
    std::size_t count = 1;  // of all pages
  };
  void say_pages(std::function<Page(const Talk&, std::size_t)> page) const;
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
  int place = 0;         // in the list
  bool changes = false;  // something, when it has arguments; it runs only once its update is kept
  bool secret = false;   // its answer has a token or a key: in private chats only
  void (*run)(Talk talk) = nullptr;
};

// All there are, by place.
std::span<const Command* const> commands();
const Command* find_command(std::string_view name);

// What several commands need.
std::optional<std::string> take_kiosk_id(Talk& talk);  // nothing: said what is wrong
std::string kiosk_title(const KioskRecord& record);    // HTML: "<b>id</b> name"

}  // namespace kgw::telegram
