// /send <id> <operation> <json>: a request to a kiosk, as a backend would send it. It may move money: asks
// first.
#include "telegram/command.hpp"
#include "telegram/text.hpp"
#include "wire/json_scan.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kShownUnitsMax = 1000;

void say_outcome(const Talk& talk, const SendOutcome& outcome) {
  std::string html;
  if (outcome.fault) html = "❌ " + words_of(talk.language(), *outcome.fault);
  else
    html = talk.words({"✅ Answered after {}.", "✅ Ответ спустя {}."}, {span_of(talk.language(), outcome.took)});
  if (!outcome.answer.empty())
    html.append("<pre>")
        .append(escape_html(cut_plain(mask_cards(outcome.answer), 3 * kShownUnitsMax)))
        .append("</pre>");
  if (outcome.id) html.append("\n<code>").append(outcome.id.text()).append("</code>");
  talk.say_html(html);
}

void run(Talk talk) {
  const auto id = take_kiosk_id(talk);
  if (!id) return;
  const std::string operation = talk.take_word();
  const std::string body = talk.arguments();
  if (!is_name(operation) || body.empty()) return talk.say_usage();
  const JsonScan scan = json_scan(body);
  if (!scan.valid || !scan.is_object)
    return talk.say({"❌ That is not a JSON object (byte {}): {}", "❌ Это не JSON-объект (байт {}): {}"},
                    {std::to_string(scan.error_offset), scan.valid ? "{}" : scan.error});
  if (!talk.console().kiosk(*id)) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
  const std::string question =
      talk.words({"Send <b>{}</b> to <b>{}</b>? The kiosk will really carry it out.\n<pre>{}</pre>",
                  "Отправить <b>{}</b> на <b>{}</b>? Киоск действительно это выполнит.\n<pre>{}</pre>"},
                 {operation, *id, cut_plain(mask_cards(body), kShownUnitsMax)});
  talk.confirm(question, {"Send", "Отправить"}, [id = *id, operation, body](const Talk& sure) {
    sure.console().send(sure.user(), id, operation, body,
                        [sure](const SendOutcome& outcome) { say_outcome(sure, outcome); });
  });
}

}  // namespace

const Command& command_send() {
  static const Command command{.name = "send",
                               .arguments = {"<id> <operation> <json>", "<ID> <операция> <json>"},
                               .about = {"send a request to a kiosk", "отправить запрос киоску"},
                               .place = 170,
                               .changes = true,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
