// /alerts: the open alerts, and the thresholds. /alerts mute|unmute <kind> [kiosk] · offline <minutes> ·
// flapping <times> · failing <percent> · device <errors> · quiet <HH:MM> <HH:MM> [+H[:MM]] · quiet off
#include <cstdio>
#include <optional>

#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

using std::chrono::minutes;

constexpr std::size_t kShown = 20;
constexpr const char* kHelp =
    "<code>/alerts mute kiosk_offline kiosk_001\n/alerts unmute kiosk_offline\n/alerts offline 5\n/alerts "
    "flapping 5\n"
    "/alerts failing 30\n/alerts device 3\n/alerts quiet 22:00 07:00 +3\n/alerts quiet off</code>";

std::string clock_of(minutes of_day) {
  char text[16];
  const int size = std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(of_day.count() / 60),
                                 static_cast<int>(of_day.count() % 60));
  return {text, static_cast<std::size_t>(size)};
}

std::string settings_text(const Talk& talk) {
  const AlertSettings& s = talk.console().alert_settings();
  std::string html = talk.words(
      {"\nThresholds: offline for {}, connection lost {} in 10 minutes, {}% failed requests, {} of a "
       "device in a row.\n",
       "\nПороги: нет связи {}, обрыв связи {} за 10 минут, {}% неудачных запросов, {} устройства "
       "подряд.\n"},
      {counted(talk.language(), kMinuteNoun, s.offline_after.count()),
       counted(talk.language(), kTimeNoun, s.flapping_times), std::to_string(s.failing_percent),
       counted(talk.language(), kErrorNoun, s.device_errors)});
  if (s.quiet_from != s.quiet_to)
    html += talk.words(
        {"Quiet from {} to {} ({}), except for payments.\n", "Тихие часы с {} до {} ({}), кроме платежей.\n"},
        {clock_of(s.quiet_from), clock_of(s.quiet_to), utc_offset_text(s.utc_offset)});
  for (const auto& [kind, kiosk_id] : s.mutes)
    html += talk.words({"🔕 {} {}\n", "🔕 {} {}\n"}, {name(kind), kiosk_id});
  return html;
}

void show(const Talk& talk) {
  const std::vector<Alert> open = talk.console().open_alerts();
  std::string html = open.empty()
                         ? talk.words({"🟢 Nothing needs attention.\n", "🟢 Всё спокойно.\n"})
                         : std::string();
  for (std::size_t i = 0; i < std::min(open.size(), kShown); ++i)
    html.append(words_of(talk.language(), AlertNews{open[i], false})).append("\n");
  if (open.size() > kShown)
    html += talk.words({"… and {} more\n", "… и ещё {}\n"},
                       {counted(talk.language(), kAlertNoun, static_cast<std::int64_t>(open.size() - kShown))});
  talk.say_html(html + settings_text(talk) + kHelp);
}

template <class Number>
bool take_number(Talk& talk, Number low, Number high, Number& out) {
  const std::string word = talk.take_word();
  char* end = nullptr;
  const long value = std::strtol(word.c_str(), &end, 10);
  if (word.empty() || *end != '\0' || value < static_cast<long>(low) || value > static_cast<long>(high))
    return false;
  out = static_cast<Number>(value);
  return true;
}

bool take_clock(Talk& talk, minutes& out) {
  int hour = 0;
  int minute = 0;
  char rest = 0;
  const std::string word = talk.take_word();
  if (std::sscanf(word.c_str(), "%2d:%2d%c", &hour, &minute, &rest) != 2 || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59)
    return false;
  out = minutes(hour * 60 + minute);
  return true;
}

bool take_quiet(Talk& talk, AlertSettings& s) {
  if (talk.arguments() == "off") {
    s.quiet_from = s.quiet_to = minutes(0);
    return true;
  }
  if (!take_clock(talk, s.quiet_from) || !take_clock(talk, s.quiet_to)) return false;
  const std::string word = talk.take_word();
  const auto offset = word.empty() ? std::optional(minutes(0)) : parse_utc_offset(word);
  if (!offset) return false;
  s.utc_offset = *offset;
  return true;
}

bool take_mute(Talk& talk, bool mutes, AlertSettings& s) {
  const auto kind = alert_named(talk.take_word());
  const std::string kiosk_id = talk.take_word();
  if (!kind || (!kiosk_id.empty() && !is_name(kiosk_id))) return false;
  if (!mutes) s.mutes.erase({*kind, kiosk_id});
  else if (s.mutes.size() < AlertSettings::kMutesMax) s.mutes.emplace(*kind, kiosk_id);
  return true;
}

bool take_change(Talk& talk, AlertSettings& s) {
  const std::string what = talk.take_word();
  if (what == "mute" || what == "unmute") return take_mute(talk, what == "mute", s);
  if (what == "quiet") return take_quiet(talk, s);
  if (what == "flapping") return take_number(talk, 2U, 1000U, s.flapping_times);
  if (what == "failing") return take_number(talk, 1U, 100U, s.failing_percent);
  if (what == "device") return take_number(talk, 1U, 1000U, s.device_errors);
  int count = 0;
  if (what != "offline" || !take_number(talk, 1, 7 * 24 * 60, count)) return false;
  s.offline_after = minutes(count);
  return true;
}

void run(Talk talk) {
  if (talk.arguments().empty()) return show(talk);
  const std::string what = talk.arguments();
  AlertSettings settings = talk.console().alert_settings();
  if (!take_change(talk, settings))
    return talk.say_html(talk.words({"✏️ Like this:\n", "✏️ Так:\n"}) + kHelp);
  talk.console().change_alerts(talk.user(), std::move(settings), cut_plain(what, 100),
                               [talk](const Result<void>& done) {
                                 if (!done) return talk.say_fault(done.error());
                                 talk.say_html("✅" + settings_text(talk));
                               });
}

}  // namespace

const Command& command_alerts() {
  static const Command command{.name = "alerts",
                               .arguments = {"[mute|unmute|offline|flapping|failing|device|quiet ...]",
                                             "[mute|unmute|offline|flapping|failing|device|quiet ...]"},
                               .about = {"alerts, mutes, thresholds", "оповещения, их отключение, пороги"},
                               .place = 250,
                               .changes = true,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
