// /ack <request> [note]: confirms an answer that its caller may have missed, by what it says. Asks first:
// nobody is reminded of it again.
#include "telegram/command.hpp"
#include "telegram/request_words.hpp"

namespace kgw::telegram {
namespace {

void ack(const Talk& sure, const RequestId& id, Resolution result, const std::string& note) {
  sure.console().resolve(sure.user(), id, result, note, [sure, id](const Result<void>& done) {
    if (!done) return sure.say_fault(done.error());
    sure.say({"☑️ The answer to <code>{}</code> is confirmed.",
              "☑️ Ответ на <code>{}</code> отмечен как полученный."},
             {id.text()});
  });
}

void ask(const Talk& talk, const StoredExchange& x, const std::string& note) {
  if (!x.unclaimed)
    return talk.say_html(request_story(talk.language(), x) +
                         talk.words({"\n❌ Its answer is not waiting to be received.",
                                     "\n❌ Его ответ не числится среди неполученных."}));
  const AnswerResult result = x.result.value_or(AnswerResult::unclassified);
  const bool not_done = result == AnswerResult::declined || result == AnswerResult::failed;
  if (result != AnswerResult::success && !not_done)
    return talk.say_html(request_story(talk.language(), x) +
                         talk.words({"\nThe answer does not say whether it was done. Find out, then: "
                                     "<code>/resolve {} done|not_done</code>",
                                     "\nИз ответа не ясно, выполнен ли запрос. Выясните это, затем: "
                                     "<code>/resolve {} done|not_done</code>"},
                                    {x.id.text()}));
  talk.confirm(request_line(talk.language(), x) +
                   talk.words({"\nDoes the backend know of this answer? It will not be reminded again.",
                               "\nБэкенд точно знает об этом ответе? Напоминаний больше не будет."}),
               {"Yes, it knows", "Да, знает"},
               [id = x.id, note, result = not_done ? Resolution::not_done : Resolution::done](
                   const Talk& sure) { ack(sure, id, result, note); });
}

void run(Talk talk) {
  const auto id = RequestId::parse(talk.take_word());
  if (!id) return talk.say_usage();
  const std::string note = talk.arguments();
  talk.console().find_request(*id, [talk, note](const Result<std::optional<StoredExchange>>& found) {
    if (!found) return talk.say_fault(found.error());
    if (!*found) return talk.say_fault(Fault{ErrorCode::request_not_found, {}});
    ask(talk, **found, note);
  });
}

}  // namespace

const Command& command_ack() {
  static const Command command{.name = "ack",
                               .arguments = {"<request> [note]", "<запрос> [заметка]"},
                               .about = {"confirm that the backend has an answer that it may have missed",
                                         "отметить, что бэкенд получил ответ, который мог пропустить"},
                               .place = 87,
                               .changes = true,
                               .run = run};
  return command;
}

}  // namespace kgw::telegram
