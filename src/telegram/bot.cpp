#include "telegram/bot.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <sstream>
#include <utility>

#include "base/ascii.hpp"
#include "telegram/text.hpp"
#include "telegram/update.hpp"

namespace kgw::telegram {
namespace {

namespace json = boost::json;

constexpr const char* kUpdate = "telegram.update";        // "number milliseconds"
constexpr const char* kLanguages = "telegram.languages";  // "id code", one a line
constexpr const char* kLogMoved = "telegram.log_chat";    // "from to": the log chat became another group
constexpr std::size_t kLanguagesMax = 500;
constexpr std::size_t kNewsShown = 15;
constexpr auto kNewsGap = std::chrono::seconds(5);
constexpr std::string_view kDelete = "delete";

std::int64_t last_update(const Console& console, WallTime now) {
  std::istringstream text(console.kept(kUpdate));
  std::int64_t number = 0;
  std::int64_t at = 0;
  if (!(text >> number >> at) || now - wall_from_ms(at) > std::chrono::days(Poller::kDaysOfNumbers)) return 0;
  return number;
}

// Messages in the topic General have no thread id, or one that Telegram would refuse.
Place place_of(const json::object& message) {
  const json::object& chat = object_of(message, "chat");
  const json::value* const in_topic = message.if_contains("is_topic_message");
  const bool topic = in_topic != nullptr && in_topic->is_bool() && in_topic->get_bool();
  return {integer_of(chat, "id"), topic ? integer_of(message, "message_thread_id") : 0,
          text_of(chat, "type") == "private"};
}

// "/Name@bot rest" -> name, bot, rest.
struct Spoken {
  std::string name, bot, rest;
};
Spoken spoken(const std::string& text) {
  const std::size_t end = find_blank(text);
  const std::size_t at = std::min(text.find('@'), end);
  Spoken out{text.substr(1, at - 1), at < end ? text.substr(at + 1, end - at - 1) : "",
             std::string(trim(std::string_view(text).substr(end)))};
  out.name = ascii::lowered(out.name);
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return ascii::lower(x) == ascii::lower(y); });
}

}  // namespace

Bot::Bot(Settings settings, Console& console, std::function<Now()> now, std::function<void()> wake,
         Random& random, Log& log)
    : settings_(std::move(settings)),
      console_(console),
      now_(std::move(now)),
      log_(log),
      api_(settings_.api, std::move(wake)),
      sender_(api_, now_, log,
              [this](std::int64_t from, std::int64_t to) {
                if (settings_.log_chat != from) return;
                log_.write(LogLevel::warning, "telegram_log_chat_moved", {{"from", from}, {"to", to}});
                console_.keep(kLogMoved, std::to_string(from) + " " + std::to_string(to),
                              [](const Result<void>&) {});
              }),
      poller_(api_, now_, log, last_update(console, now_().wall),
              {[this] { return settings_.polling && console_.may_poll(); },
               [this](const json::object& update, Done done) { take(update, std::move(done)); },
               [this](const std::string& username) {
                 username_ = username;
                 publish_commands();
               }}),
      buttons_(random),
      secrets_(console, sender_, now_()) {
  load_languages();
  log_chat_.set(parse_log_depths(console_.kept("telegram.log")));
  std::istringstream moved(console_.kept(kLogMoved));
  std::int64_t from = 0;
  std::int64_t to = 0;
  if (moved >> from >> to && settings_.log_chat == from) settings_.log_chat = to;
  if (settings_.log_chat) log_chat_.set_language(language_of(*settings_.log_chat));
}

// ---------------------------------------------------------------- turns

void Bot::poll() {
  api_.poll();
  pump_log();
  pump_news();
}

void Bot::on_tick(const Now& now) {
  poller_.on_tick(now);
  secrets_.on_tick(now);
  pump_log();
  pump_news();
  sender_.pump();
}

std::optional<Instant> Bot::next_time() {
  std::optional<Instant> next;
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (settings_.polling) sooner(poller_.next_time());
  sooner(secrets_.next_time());
  sooner(sender_.next_time());
  if (settings_.log_chat && !log_out_) sooner(log_chat_.next_time());
  if (!news_.empty() && news_out_ == 0) sooner(news_next_);
  return next;
}

// The next digest is composed once the last one is out: while Telegram is slow it only grows, within its
// bounds.
void Bot::pump_log() {
  if (!settings_.log_chat || log_out_) return;
  const auto html = log_chat_.take(now_().steady);
  if (!html) return;
  log_out_ = true;
  say(Place{*settings_.log_chat}, *html, Importance::log, {}, [this](const ApiAnswer&) { log_out_ = false; });
}

void Bot::publish_commands(std::size_t at) {
  static constexpr std::array<Language, 2> kAll{Language::en, Language::ru};
  if (at >= kAll.size()) return;
  json::array list;
  for (const Command* const command : commands()) {
    json::object& one = list.emplace_back(json::object()).as_object();
    one["command"] = command->name;
    one["description"] = command->about.in(kAll[at]);
  }
  json::object parameters;
  parameters["commands"] = std::move(list);
  if (kAll[at] != Language::en) parameters["language_code"] = code_of(kAll[at]);  // English is the default
  sender_.call("setMyCommands", parameters, [this, at](const ApiAnswer& answer) {
    if (!answer.ok) log_.write(LogLevel::warning, "telegram_commands_not_set", {{"why", answer.description}});
    publish_commands(at + 1);
  });
}

// ---------------------------------------------------------------- updates

void Bot::take(const json::object& update, Done done) {
  const std::int64_t number = integer_of(update, "update_id");
  if (update.contains("message")) return take_message(number, object_of(update, "message"), std::move(done));
  if (update.contains("callback_query"))
    return take_press(number, object_of(update, "callback_query"), std::move(done));
  done();
}

void Bot::take_message(std::int64_t update, const json::object& message, Done done) {
  const json::object& from = object_of(message, "from");
  const std::int64_t user = integer_of(from, "id");
  const std::string text(trim(text_of(message, "text")));
  const Place place = place_of(message);
  // What was forwarded, or sent in a channel's or a group's name, is not a command.
  const bool foreign = message.contains("forward_origin") || message.contains("forward_date") ||
                       message.contains("via_bot") || message.contains("sender_chat");
  if (user == 0 || foreign || (!place.in_private && !text.starts_with('/'))) return done();
  const Spoken said = text.starts_with('/') ? spoken(text) : Spoken();
  if (!said.bot.empty() && !same_name(said.bot, username_)) return done();
  const Language language = language_of(user, from);
  if (!settings_.admins.contains(user)) {
    refuse(user, place, language, said.name);
    return done();
  }
  if (!languages_.contains(user) && languages_.size() < kLanguagesMax) {
    languages_.emplace(user, language);
    keep_languages([](const Result<void>&) {});
  }
  Talk talk(*this, user, place, language, said.rest);
  const Command* const command = find_command(said.name);
  if (command == nullptr) {
    if (place.in_private || !said.bot.empty())
      talk.say(
          {"I don't know that command; /help lists all commands.", "Такой команды нет; список команд: /help."});
    return done();
  }
  const auto age = poller_.telegram_time() - wall_from_ms(integer_of(message, "date") * 1000);
  if (age > kStaleTime) {
    talk.say({"⏳ <code>/{}</code> arrived {} late and was not run. Send it again if you still need it.",
              "⏳ <code>/{}</code>: команда пришла с опозданием ({}) и не выполнена. Отправьте её снова, если "
              "она ещё нужна."},
             {said.name, span_of(talk.language(), age)});
    return done();
  }
  run(update, *command, std::move(talk), std::move(done));
}

void Bot::keep_update(std::int64_t update, Console::Then<void> then) {
  console_.keep(kUpdate, std::to_string(update) + " " + std::to_string(to_ms(now_().wall)), std::move(then));
}

// No command runs twice after a crash: its update's number is durable before it runs. Commands that only read
// may run even while the store is down: that is when people ask.
void Bot::run(std::int64_t update, const Command& command, Talk talk, Done done) {
  talk.command = &command;
  keep_update(update, [this, &command, talk, done = std::move(done)](const Result<void>& kept) {
    // Without arguments it only shows the current state, or its usage.
    const bool changes = command.changes && !talk.arguments().empty();
    if (!kept && changes) talk.say_fault(kept.error());
    else if (command.secret && !talk.in_private())
      talk.say({"🔒 Send me that command in a private chat: the answer contains a secret.",
                "🔒 Отправьте эту команду в личном чате: ответ содержит секрет."});
    else {
      log_.write(LogLevel::info, "telegram_command", {{"command", command.name}, {"by", talk.user()}});
      command.run(talk);
    }
    done();
  });
}

void Bot::refuse(std::int64_t user, const Place& place, Language language, const std::string& what) {
  if (!strangers_.answers(user, now_().steady)) return;
  log_.write_of("strangers", LogLevel::warning, "telegram_stranger", {{"user", user}});
  console_.note(user, "telegram_refused", find_command(what) != nullptr ? "/" + what : "");
  say(place, fill(language,
                  {"⛔ You are not allowed to use this bot. Your Telegram id is <code>{}</code>; the gateway's "
                   "operator can give you access.",
                   "⛔ У вас нет доступа к этому боту. Ваш ID в Telegram — <code>{}</code>; доступ может "
                   "дать администратор шлюза."},
                  {std::to_string(user)}));
}

void Bot::take_press(std::int64_t update, const json::object& press_json, Done done) {
  const json::object& from = object_of(press_json, "from");
  const json::object& message = object_of(press_json, "message");
  const std::int64_t user = integer_of(from, "id");
  const std::string data = text_of(press_json, "data");
  Pressed pressed{Talk(*this, user, place_of(message), language_of(user, from), {}),
                  integer_of(message, "message_id"), text_of(press_json, "id")};
  if (!settings_.admins.contains(user)) {
    if (strangers_.answers(user, now_().steady)) {
      console_.note(user, "telegram_refused", "a button");
      acknowledge(pressed, "⛔", true);
    }
    return done();
  }
  keep_update(update, [this, pressed, data, done = std::move(done)](const Result<void>& kept) {
    if (kept) press(pressed, data);
    else acknowledge(pressed, plain_of(words_of(pressed.talk.language(), kept.error())), true);
    done();
  });
}

void Bot::press(const Pressed& pressed, const std::string& data) {
  if (data == kDelete && pressed.talk.in_private()) {
    acknowledge(pressed);
    return secrets_.remove(pressed.talk.chat(), pressed.message);
  }
  const Buttons::Press press = buttons_.press(data, pressed.talk.user(), now_().steady);
  if (!press.refusal) return press.action(pressed, press.choice);
  const Phrase why = press.refusal == Buttons::Refusal::not_yours
                         ? Phrase{"Only the person who asked can press this button.",
                                  "Нажать может только тот, кто отправил команду."}
                         : Phrase{"This button no longer works; send the command again.",
                                  "Эта кнопка больше не действует; отправьте команду снова."};
  acknowledge(pressed, std::string(why.in(pressed.talk.language())), true);
}

// ---------------------------------------------------------------- messages

std::string Bot::prefix_of_dropped(std::int64_t chat, Language language) {
  const std::uint64_t dropped = sender_.queue().take_dropped(chat);
  if (dropped == 0) return {};
  return fill(language, {"<i>({} could not be sent)</i>\n", "<i>(не отправлено: {})</i>\n"},
              {counted(language, kMessageNoun, static_cast<std::int64_t>(dropped))});
}

void Bot::say(const Place& place, const std::string& html, Importance importance, json::object more,
              std::function<void(const ApiAnswer&)> done) {
  Message message;
  message.chat = place.chat;
  message.importance = importance;
  message.parameters = std::move(more);
  if (place.topic != 0) message.parameters["message_thread_id"] = place.topic;
  message.parameters["text"] = cut_html(prefix_of_dropped(place.chat, language_of(place.chat)) + html);
  message.parameters["parse_mode"] = "HTML";
  message.parameters["link_preview_options"] = {{"is_disabled", true}};
  message.done = std::move(done);
  sender_.add(std::move(message));
}

void Bot::say_secret(const Talk& talk, const std::string& html) {
  Message message;
  message.chat = talk.chat();
  message.importance = Importance::alert;
  message.once = true;
  const std::string button(Phrase{"🗑 Delete now", "🗑 Удалить сейчас"}.in(talk.language()));
  message.parameters["text"] = cut_html(html);
  message.parameters["parse_mode"] = "HTML";
  message.parameters["protect_content"] = true;
  message.parameters["reply_markup"] = {
      {"inline_keyboard",
       json::array{json::array{json::object{{"text", button}, {"callback_data", kDelete}}}}}};
  message.done = [this, talk](const ApiAnswer& answer) {
    if (answer.ok && answer.result.is_object())
      return secrets_.add(talk.chat(), integer_of(answer.result.get_object(), "message_id"), now_());
    talk.say(
        {"The secret may not have been shown. If you can't see it here, create a new one and remove the old "
         "one.",
         "Возможно, секрет не показан. Если его здесь нет, создайте новый, а старый удалите."});
  };
  sender_.add(std::move(message));
}

void Bot::edit(const Pressed& pressed, const std::string& html, json::object more) {
  Message message;
  message.chat = pressed.talk.chat();
  message.method = "editMessageText";
  message.parameters = std::move(more);
  message.parameters["message_id"] = pressed.message;
  message.parameters["text"] = cut_html(html);
  message.parameters["parse_mode"] = "HTML";
  sender_.add(std::move(message));
}

void Bot::acknowledge(const Pressed& pressed, const std::string& text, bool alarm) {
  json::object parameters;
  parameters["callback_query_id"] = pressed.query;
  if (!text.empty()) parameters["text"] = cut_plain(text, 200);
  if (alarm) parameters["show_alert"] = true;
  sender_.call("answerCallbackQuery", parameters);
}

void Bot::tell(std::vector<AlertNews> news, std::uint64_t dropped) {
  more_news_ += dropped;
  for (AlertNews& one : news) {
    if (news_.size() < kNewsShown) news_.push_back(std::move(one));
    else ++more_news_;
  }
  pump_news();
}

void Bot::pump_news() {
  if (news_.empty() || news_out_ != 0 || now_().steady < news_next_) return;
  news_next_ = now_().steady + kNewsGap;
  const std::vector<AlertNews> news = std::exchange(news_, {});
  const auto more = static_cast<std::int64_t>(std::exchange(more_news_, 0));
  news_out_ = settings_.admins.size();
  for (const std::int64_t admin : settings_.admins) {
    const Language language = language_of(admin);
    std::string html;
    // The count comes first: it is never cut.
    if (more != 0)
      html = fill(language, {"➕ {} more: /alerts", "➕ ещё {}: /alerts"}, {counted(language, kAlertNoun, more)});
    for (const AlertNews& one : news) html.append(html.empty() ? "" : "\n").append(words_of(language, one));
    say(Place{admin}, html, Importance::alert, {}, [this](const ApiAnswer&) { --news_out_; });
  }
}

// ---------------------------------------------------------------- languages

Language Bot::language_of(std::int64_t id) const {
  const auto found = languages_.find(id);
  return found == languages_.end() ? Language::en : found->second;
}

// Their choice, or else their Telegram's language.
Language Bot::language_of(std::int64_t user, const json::object& from) const {
  const auto found = languages_.find(user);
  if (found != languages_.end()) return found->second;
  return language_named(text_of(from, "language_code")).value_or(Language::en);
}

void Bot::speak(std::int64_t id, Language language, Console::Then<void> then) {
  languages_[id] = language;
  if (settings_.log_chat == id) log_chat_.set_language(language);
  keep_languages(std::move(then));
}

void Bot::load_languages() {
  std::istringstream lines(console_.kept(kLanguages));
  std::int64_t id = 0;
  for (std::string code; languages_.size() < kLanguagesMax && lines >> id >> code;)
    if (const auto language = language_named(code)) languages_.emplace(id, *language);
}

void Bot::keep_languages(Console::Then<void> then) {
  std::string text;
  for (const auto& [id, language] : languages_)
    text.append(std::to_string(id)).append(" ").append(code_of(language)).append("\n");
  console_.keep(kLanguages, std::move(text), std::move(then));
}

}  // namespace kgw::telegram
