// /status: the gateway's state.
#include <cstdio>
#include <vector>

#include "alerts/misfit_timeouts.hpp"
#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

std::string decimal(double value) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%.2f", value);
  return {text, static_cast<std::size_t>(size)};
}

std::string store_text(const Talk& talk, const GatewayStatus& s) {
  const std::string home = s.in_redis ? "Redis" : talk.words({"embedded", "встроенное"});
  if (!s.trouble.empty()) return talk.words({"🔴 store ({}): {}", "🔴 хранилище ({}): {}"}, {home, s.trouble});
  const Phrase durability =
      s.durability == "strict"
          ? Phrase{"strict: every confirmed answer is saved", "строгая: каждый отправленный ответ сохранён"}
      : s.durability == "weak"
          ? Phrase{"⚠️ weak: the latest records may be lost",
                   "⚠️ слабая: последние записи могут потеряться"}
          : Phrase{"off: in memory only", "выключена: только в памяти"};
  return talk.words({"store: {}; durability {}", "хранилище: {}; сохранность {}"},
                    {home, durability.in(talk.language())});
}

constexpr Phrase kBegins{"⚠️ timeouts: ", "⚠️ тайм-ауты: "};
constexpr Phrase kSlowDevice{
    "for {}, kiosks take up to {} s and answer after the 504 ({}), because the gateway waits {} s. "
    "Set KIOSK_RESPONSE_TIMEOUT (or the backend's Header-Timeout) to {}, and the backend's timeout higher\n",
    "на операцию {} киоски тратят до {} с и отвечают уже после 504 ({}), а шлюз ждёт {} с. "
    "Задайте KIOSK_RESPONSE_TIMEOUT (или Header-Timeout бэкенда) {}, а тайм-аут бэкенда — ещё больше\n"};
constexpr Phrase kHangsUp{"the backend {} hangs up after {} s ({}), ",
                          "бэкенд {} обрывает вызов через {} с ({}), "};
constexpr Phrase kNamelessHangUp{"callers without a key hang up after {} s ({}), ",
                                 "бэкенды без ключа обрывают вызов через {} с ({}), "};
constexpr Phrase kWaitLonger{"but the gateway waits {} s for the kiosk. Set the backend's timeout to {} s",
                             "а шлюз ждёт киоск {} с. Задайте тайм-аут бэкенда {} с"};
constexpr Phrase kOrHeaderTimeout{", or send Header-Timeout: {}", " или передавайте Header-Timeout: {}"};

std::string slow_device_text(const Talk& talk, const Misfit& misfit, const std::string& times) {
  return talk.words(kSlowDevice, {misfit.about, shown_seconds(misfit.took), times,
                                  shown_seconds(misfit.allowed), std::to_string(misfit.figure().count())});
}

std::string hang_up_text(const Talk& talk, const Misfit& misfit, const std::string& times) {
  const std::string took = shown_seconds(misfit.took);
  std::string text = misfit.about.empty() ? talk.words(kNamelessHangUp, {took, times})
                                          : talk.words(kHangsUp, {misfit.about, took, times});
  text += talk.words(kWaitLonger, {shown_seconds(misfit.allowed), std::to_string(misfit.figure().count())});
  if (const auto shorter = misfit.header_timeout())
    text += talk.words(kOrHeaderTimeout, {std::to_string(shorter->count())});
  return text + "\n";
}

// Which timeouts are the wrong way round, how often that showed, and what to set.
std::string misfits_text(const Talk& talk, const std::vector<Misfit>& misfits) {
  constexpr std::size_t kShown = 5;  // the message has its bound
  std::string text;
  for (std::size_t i = 0; i < misfits.size() && i < kShown; ++i) {
    const Misfit& misfit = misfits[i];
    const std::string times = counted(talk.language(), kTimeNoun, static_cast<std::int64_t>(misfit.times));
    text += kBegins.in(talk.language());
    text += misfit.kind == MisfitKind::caller_hangs_up ? hang_up_text(talk, misfit, times)
                                                       : slow_device_text(talk, misfit, times);
  }
  return text;
}

void run(Talk talk) {
  const GatewayStatus s = talk.console().status();
  const auto number = [](auto value) { return std::to_string(value); };
  std::string html = talk.words({"<b>{}</b>, version {}, up for {}\n", "<b>{}</b>, версия {}, работает {}\n"},
                                {s.node, s.version, span_of(talk.language(), s.uptime)});
  html += talk.words({"kiosks online: {} of {}\n", "киосков на связи: {} из {}\n"},
                     {number(s.online), number(s.kiosks)});
  html += store_text(talk, s) + "\n";
  html += talk.words({"now: {} running, {} waiting, {}/s\n", "сейчас: в работе {}, ждут {}, {}/с\n"},
                     {number(s.in_flight), number(s.waiting), decimal(s.per_second)});
  html += talk.words({"since the start: {} ended, {} answered, {} refused\n",
                      "с запуска: завершено {}, с ответом {}, отклонено {}\n"},
                     {number(s.requests), number(s.answers), number(s.refused)});
  html += talk.words({"timed out: {}, late answers: {}\n", "без ответа в срок: {}, опоздавших ответов: {}\n"},
                     {number(s.timeouts), number(s.late_answers)});
  if (s.p50_seconds && s.p99_seconds)
    html += talk.words({"answer time: half within {} s, 99% within {} s\n",
                        "время ответа: половина — до {} с, 99% — до {} с\n"},
                       {decimal(*s.p50_seconds), decimal(*s.p99_seconds)});
  html += misfits_text(talk, s.misfits);
  if (s.unknown_payments != 0)
    html += talk.words(
        {"🔴 payments with unknown outcome: {} (/alerts)", "🔴 платежей с неизвестным исходом: {} (/alerts)"},
        {number(s.unknown_payments)});
  talk.say_html(html);
}

}  // namespace

const Command& command_status() {
  static const Command command{.name = "status",
                               .arguments = {},
                               .about = {"state of the gateway", "состояние шлюза"},
                               .place = 30,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
