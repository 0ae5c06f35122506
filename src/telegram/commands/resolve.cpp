// /resolve <request> done|not_done [note]: says what became of a request whose outcome is unknown, or that an
// answer which its caller may have missed is known. Asks first: what is said stands.
#include "telegram/command.hpp"
#include "telegram/request_words.hpp"

namespace kgw::telegram {
namespace {

void resolve(const Talk& sure, const RequestId& id, Resolution result, const std::string& note) {
  sure.console().resolve(sure.user(), id, result, note, [sure, id, result](const Result<void>& done) {
    if (!done) return sure.say_fault(done.error());
    sure.say(result == Resolution::done
                 ? Phrase{"☑️ Request <code>{}</code> is resolved: done.",
                          "☑️ Запрос <code>{}</code>: решено, выполнен."}
                 : Phrase{"☑️ Request <code>{}</code> is resolved: not done.",
                          "☑️ Запрос <code>{}</code>: решено, не выполнен."},
             {id.text()});
  });
}

void run(Talk talk) {
  const auto id = RequestId::parse(talk.take_word());
  const auto result = resolution_named(talk.take_word());
  if (!id || !result) return talk.say_usage();
  const std::string note = talk.arguments();
  talk.console().find_request(*id, [talk, id = *id, result = *result,
                                    note](const Result<std::optional<StoredExchange>>& found) {
    if (!found) return talk.say_fault(found.error());
    if (!*found) return talk.say_fault(Fault{ErrorCode::request_not_found, {}});
    if (!(*found)->is_unresolved() && !(*found)->unclaimed)
      return talk.say_html(request_story(talk.language(), **found) + "\n❌ " +
                           words_of(talk.language(), Fault{ErrorCode::nothing_to_resolve, {}}));
    const bool is_done = result == Resolution::done;
    talk.confirm(
        request_line(talk.language(), **found) +
            talk.words(
                is_done
                    ? Phrase{"\nWas this <b>executed</b> (a payment: the money was taken)? This can't be "
                             "undone.",
                             "\nЭто <b>выполнено</b> (оплата: деньги списаны)? Отменить это нельзя."}
                    : Phrase{"\nWas this <b>not executed</b> (a payment: no money was taken)? This can't be "
                             "undone.",
                             "\nЭто <b>не выполнено</b> (оплата: деньги не списаны)? Отменить это нельзя."}),
        is_done ? Phrase{"Yes, done", "Да, выполнено"} : Phrase{"Yes, not done", "Да, не выполнено"},
        [id, result, note](const Talk& sure) { resolve(sure, id, result, note); });
  });
}

}  // namespace

const Command& command_resolve() {
  static const Command command{
      .name = "resolve",
      .arguments = {"<request> done|not_done [note]", "<запрос> done|not_done [заметка]"},
      .about = {"say what became of a request with an unknown outcome",
                "указать исход запроса, который неизвестен"},
      .place = 85,
      .changes = true,
      .run = run};
  return command;
}

}  // namespace kgw::telegram
