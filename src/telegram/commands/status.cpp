// /status: the gateway's state.
#include <cstdio>

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
