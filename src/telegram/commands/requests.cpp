// /requests [id]: the last requests of one kiosk or of all; with a request's id, that one in detail;
// /requests unknown: those whose outcome nobody knows; /requests unclaimed: whose callers may not know the
// answer.
#include "telegram/command.hpp"
#include "telegram/request_words.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kRows = 10;

void show_unresolved(const Talk& talk) {
  talk.console().find_unresolved(kRows, [talk](const Result<std::vector<StoredExchange>>& found) {
    if (!found) return talk.say_fault(found.error());
    if (found->empty())
      return talk.say({"🟢 No request's outcome is unknown.",
                       "🟢 Запросов с неизвестным исходом нет."});
    std::string html;
    for (const StoredExchange& x : *found) html += request_line(talk.language(), x);
    html +=
        talk.words({"\nFind out what happened, then: <code>/resolve REQUEST done|not_done note</code>",
                    "\nВыясните, что произошло, затем: <code>/resolve ЗАПРОС done|not_done заметка</code>"});
    talk.say_html(html);
  });
}

void show_unclaimed(const Talk& talk) {
  talk.console().find_unclaimed(kRows, [talk](const Result<std::vector<StoredExchange>>& found) {
    if (!found) return talk.say_fault(found.error());
    if (found->empty())
      return talk.say({"🟢 Every answer has been received.", "🟢 Все ответы получены."});
    std::string html;
    for (const StoredExchange& x : *found) html += request_line(talk.language(), x);
    html += talk.words({"\nMake sure that the backend knows, then: <code>/ack REQUEST</code>",
                        "\nУбедитесь, что бэкенд знает об ответе, затем: <code>/ack ЗАПРОС</code>"});
    talk.say_html(html);
  });
}

void run(Talk talk) {
  const std::string what = talk.take_word();
  if (what == "unclaimed" && !talk.console().kiosk(what)) return show_unclaimed(talk);
  if (what == "unknown" && !talk.console().kiosk(what)) return show_unresolved(talk);
  if (const auto id = RequestId::parse(what))
    return talk.console().find_request(*id, [talk](const Result<std::optional<StoredExchange>>& found) {
      if (!found) return talk.say_fault(found.error());
      if (!*found) return talk.say_fault(Fault{ErrorCode::request_not_found, {}});
      talk.say_html(request_story(talk.language(), **found));
    });
  if (!what.empty() && !talk.console().kiosk(what))
    return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
  talk.console().find_requests(what, kRows, [talk](const Result<std::vector<StoredExchange>>& found) {
    if (!found) return talk.say_fault(found.error());
    if (found->empty()) return talk.say({"There are no requests yet.", "Запросов пока нет."});
    std::string html;
    for (const StoredExchange& x : *found) html += request_line(talk.language(), x);
    talk.say_html(html);
  });
}

}  // namespace

const Command& command_requests() {
  static const Command command{
      .name = "requests",
      .arguments = {"[kiosk, request, unknown or unclaimed]", "[киоск, запрос, unknown или unclaimed]"},
      .about = {"latest requests, one in detail, unknown outcomes, missed answers",
                "последние запросы, один подробно, неизвестный исход, неполученные ответы"},
      .place = 80,
      .run = run};
  return command;
}

}  // namespace kgw::telegram
