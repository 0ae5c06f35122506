#include "telegram/request_words.hpp"

#include <optional>

#include "telegram/exchange_words.hpp"
#include "telegram/text.hpp"
#include "telegram/words.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kResponseUnitsMax = 1500;

// nullopt: it has no answer. One whose result was not kept says nothing.
std::optional<AnswerResult> result_of(const StoredExchange& x) {
  if (x.state != State::answered) return std::nullopt;
  return result_kept(x.response_valid, x.outcome, x.result).value_or(AnswerResult::unclassified);
}

std::string_view sign_of(const StoredExchange& x) {
  if (x.resolved) return x.resolved->result == Resolution::done ? "☑️" : "⚪";
  if (x.outcome == Outcome::unknown) return "🔴";
  if (const auto result = result_of(x)) return telegram::sign_of(*result);
  if (x.state == State::rejected || x.state == State::cancelled) return "⚪";
  return "⏳";
}

Phrase name_of(State state) {
  switch (state) {
    case State::accepted: return {"waiting its turn", "ждёт в очереди"};
    case State::dispatched: return {"sent, no answer yet", "отправлен, ответа пока нет"};
    case State::answered: return {"answered", "есть ответ"};
    case State::timed_out: return {"timed out", "ответ не пришёл вовремя"};
    case State::rejected: return {"not sent", "не отправлен"};
    case State::cancelled: return {"cancelled", "отменён"};
  }
  return {};
}

std::string state_of(Language language, const StoredExchange& x) {
  const auto result = result_of(x);
  std::string text((result ? words_of(*result) : name_of(x.state)).in(language));
  if (result && x.late) text.append(Phrase{", late", ", с опозданием"}.in(language));
  if (x.why) text.append(" (").append(info(*x.why).name).append(")");
  if (x.resolved)
    text.append((x.resolved->result == Resolution::done
                     ? Phrase{", resolved: done", ", решено: выполнен"}
                     : Phrase{", resolved: not done", ", решено: не выполнен"})
                    .in(language));
  else if (x.outcome == Outcome::unknown && !result)
    text.append(Phrase{", outcome unknown", ", исход неизвестен"}.in(language));
  if (x.unclaimed) text.append(Phrase{", NOT RECEIVED by the caller", ", НЕ ПОЛУЧЕН бэкендом"}.in(language));
  return text;
}

}  // namespace

std::string request_line(Language language, const StoredExchange& x) {
  return fill(language,
              {"{} {} <b>{}</b> {}: {}\n<code>{}</code>\n", "{} {} <b>{}</b> {}: {}\n<code>{}</code>\n"},
              {sign_of(x), moment_of(x.accepted_at).substr(5, 14), x.order.kiosk_id, x.order.operation,
               state_of(language, x), x.id.text()});
}

std::string request_story(Language language, const StoredExchange& x) {
  std::string html =
      fill(language, {"{} <code>{}</code>\n<b>{}</b> {}\n{}\n", "{} <code>{}</code>\n<b>{}</b> {}\n{}\n"},
           {sign_of(x), x.id.text(), x.order.kiosk_id, x.order.operation, state_of(language, x)});
  const auto add = [&](const Phrase& what, const std::string& value) {
    html.append(what.in(language)).append(": ").append(escape_html(value)).append("\n");
  };
  if (!x.order.order_id.empty()) add({"order", "заказ"}, x.order.order_id);
  if (!x.order.owner.empty()) add({"sent by", "от кого"}, x.order.owner);
  add({"accepted", "принят"}, moment_of(x.accepted_at));
  if (x.dispatched_at) add({"sent", "отправлен"}, moment_of(*x.dispatched_at));
  if (x.answered_at) {
    add(x.late ? Phrase{"answered late", "поздний ответ"} : Phrase{"answered", "ответ"},
        moment_of(*x.answered_at));
    add({"took", "заняло"}, span_of(language, *x.answered_at - x.accepted_at));
  }
  if (x.ended_at) add({"ended", "завершён"}, moment_of(*x.ended_at));
  if (!x.answered_at) add({"deadline", "срок"}, moment_of(x.deadline_at));
  if (x.resolved) {
    add({"resolved by", "кто решил"}, x.resolved->by + ", " + moment_of(x.resolved->at));
    if (!x.resolved->note.empty()) add({"note", "заметка"}, x.resolved->note);
  }
  if (x.response)
    html.append("<pre>")
        .append(escape_html(cut_plain(mask_cards(*x.response), kResponseUnitsMax)))
        .append("</pre>");
  return html;
}

}  // namespace kgw::telegram
