// Talk: the way to answer a command's sender, through the Bot.
// Implements telegram/command.hpp.
#include "telegram/command.hpp"

#include <boost/json/array.hpp>
#include <memory>
#include <utility>

#include "base/ids.hpp"
#include "telegram/bot.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

namespace json = boost::json;

json::object button(std::string_view text, const std::string& data) {
  return {{"text", text}, {"callback_data", data}};
}
json::object keyboard(json::array row) {
  return {{"reply_markup", json::object{{"inline_keyboard", json::array{std::move(row)}}}}};
}

// The buttons of a page: back, the current page, forward.
json::object page_keys(const std::string& nonce, std::size_t at, std::size_t count) {
  if (count <= 1) return {};
  json::array row;
  if (at > 0) row.push_back(button("◀", Buttons::data(nonce, std::to_string(at - 1))));
  row.push_back(
      button(std::to_string(at + 1) + "/" + std::to_string(count), Buttons::data(nonce, std::to_string(at))));
  if (at + 1 < count) row.push_back(button("▶", Buttons::data(nonce, std::to_string(at + 1))));
  return keyboard(std::move(row));
}

}  // namespace

Console& Talk::console() const { return bot_->console(); }
WallTime Talk::now() const { return bot_->now().wall; }

std::string Talk::take_word() {
  const std::size_t end = find_blank(arguments_);
  std::string word = arguments_.substr(0, end);
  arguments_.erase(0, skip_blanks(arguments_, end));
  return word;
}

void Talk::say_html(const std::string& html) const { bot_->say(place_, html); }

void Talk::say_usage() const {
  say({"✏️ Like this: <code>/{} {}</code>", "✏️ Так: <code>/{} {}</code>"},
      {command->name, command->arguments.in(language_)});
}

void Talk::say_secret(const std::string& html) const { bot_->say_secret(*this, html); }

void Talk::speak(Language language, Console::Then<void> then) const {
  if (!in_private()) bot_->speak(chat(), language, [](const Result<void>&) {});
  bot_->speak(user_, language, std::move(then));
}

void Talk::confirm(const std::string& question, const Phrase& yes,
                   std::function<void(const Talk&)> action) const {
  const auto pressed = [talk = *this, question, action = std::move(action)](const Pressed& press,
                                                                            std::string_view choice) {
    const bool goes = choice == "yes";
    talk.bot().acknowledge(press);
    talk.bot().edit(press, question + "\n\n" +
                               talk.words(goes ? Phrase{"▶️ Confirmed.", "▶️ Подтверждено."}
                                               : Phrase{"✖️ Cancelled.", "✖️ Отменено."}));
    if (goes) action(talk);
  };
  const std::string nonce = bot_->buttons().add({user_, Bot::kConfirmTime, true}, bot_->now().steady, pressed);
  json::array row{button(yes.in(language_), Buttons::data(nonce, "yes")),
                  button(Phrase{"Cancel", "Отмена"}.in(language_), Buttons::data(nonce, "no"))};
  bot_->say(place_, question, Importance::answer, keyboard(std::move(row)));
}

void Talk::say_pages(const Pages& pages) const {
  pages(*this, 0, [talk = *this, pages](const Page& first) {
    if (first.count <= 1) return talk.say_html(first.html);
    Bot& bot = talk.bot();
    const auto nonce = std::make_shared<std::string>();
    const auto turn = [talk, pages, nonce](const Pressed& press, std::string_view choice) {
      talk.bot().acknowledge(press);
      const std::size_t at = std::strtoul(std::string(choice).c_str(), nullptr, 10);
      pages(talk, at, [talk, press, nonce, at](const Page& now) {
        talk.bot().edit(press, now.html, page_keys(*nonce, std::min(at, now.count - 1), now.count));
      });
    };
    *nonce = bot.buttons().add({std::nullopt, Bot::kPagesTime, false}, bot.now().steady, turn);
    bot.say(talk.place(), first.html, Importance::answer, page_keys(*nonce, 0, first.count));
  });
}

// ---------------------------------------------------------------- shared by several commands

const Command* find_command(std::string_view name) {
  for (const Command* const command : commands())
    if (command->name == name) return command;
  return nullptr;
}

std::optional<std::string> take_kiosk_id(Talk& talk) {
  std::string id = talk.take_word();
  if (id.empty()) {
    talk.say_usage();
    return std::nullopt;
  }
  if (is_name(id)) return id;
  talk.say(
      {"<code>{}</code> is not a valid kiosk id: use 1 to 64 characters of <code>A-Z a-z 0-9 _ . : -</code>",
       "<code>{}</code> — недопустимый ID киоска: нужно от 1 до 64 символов <code>A-Z a-z 0-9 _ . : "
       "-</code>"},
      {cut_plain(id, 100)});
  return std::nullopt;
}

std::string kiosk_title(const KioskRecord& record) {
  std::string html = "<b>" + escape_html(record.id) + "</b>";
  if (!record.title.empty()) html.append(" ").append(escape_html(record.title));
  return html;
}

}  // namespace kgw::telegram
