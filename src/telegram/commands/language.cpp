// /language [ru|en]: the bot's language for this admin, and in this group.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_language() {
  static const Command command{
      .name = "language",
      .arguments = {"<ru|en>", "<ru|en>"},
      .about = {"English or Russian", "русский или английский"},
      .place = 310,
      .run = [](Talk talk) {
        const std::string word = talk.take_word();
        const auto language = word == "ru" || word == "en" ? language_named(word) : std::nullopt;
        if (!language) return talk.say_usage();
        talk.speak(*language, [talk, language = *language](const Result<void>& done) {
          if (!done) return talk.say_fault(done.error());
          talk.say_html(fill(language, {"🇬🇧 Language set to English.", "🇷🇺 Язык: русский."}));
        });
      }};
  return command;
}

}  // namespace kgw::telegram
