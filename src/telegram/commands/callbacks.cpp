// /callbacks: those that were given up, and those that wait after a failed try. They are sent again by the
// dashboard or the command line.
#include <utility>

#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kRows = 10;
constexpr std::size_t kWhyUnitsMax = 120;

std::string line_of(const Talk& talk, const StoredCallback& row) {
  const CallbackTries& tries = row.tries;
  const std::string why = tries.status != 0
                              ? talk.words({"answered {}", "ответ {}"}, {std::to_string(tries.status)})
                              : cut_plain(tries.why, kWhyUnitsMax);
  return talk.words(
      {"{} <b>{}</b> {} for {}: {}\n<code>{}</code>\n", "{} <b>{}</b> {} для {}: {}\n<code>{}</code>\n"},
      {tries.state == CallbackState::owed ? "⏳" : "📭", row.kiosk_id, row.operation,
       row.owner.empty() ? "–" : row.owner, why, row.id.text()});
}

void show_failing(const Talk& talk, const std::string& dead) {
  talk.console().find_callbacks(
      CallbackState::owed, kRows, [talk, dead](const Result<std::vector<StoredCallback>>& found) {
        if (!found) return talk.say_fault(found.error());
        std::string waiting;
        for (const StoredCallback& row : *found)
          if (row.tries.failed > 0) waiting += line_of(talk, row);
        if (dead.empty() && waiting.empty())
          return talk.say({"🟢 All callbacks arrive.", "🟢 Все уведомления доходят."});
        std::string html;
        if (!dead.empty())
          html += talk.words({"Given up; once the receiver works, send them again (dashboard, Callbacks):\n",
                              "Не доставлены. Когда получатель заработает, отправьте их снова (панель, "
                              "«Уведомления»):\n"}) +
                  dead;
        if (!waiting.empty())
          html += talk.words({"\nTried again by themselves:\n", "\nПопытки продолжаются:\n"}) + waiting;
        talk.say_html(html);
      });
}

void find_dead(const Talk& talk, CallbackState state, std::string so_far) {
  talk.console().find_callbacks(
      state, kRows,
      [talk, state, so_far = std::move(so_far)](const Result<std::vector<StoredCallback>>& found) {
        if (!found) return talk.say_fault(found.error());
        std::string html = so_far;
        for (const StoredCallback& row : *found) html += line_of(talk, row);
        if (state == CallbackState::dead) return find_dead(talk, CallbackState::gone, std::move(html));
        show_failing(talk, html);
      });
}

void run(Talk talk) { find_dead(talk, CallbackState::dead, {}); }

}  // namespace

const Command& command_callbacks() {
  static const Command command{
      .name = "callbacks",
      .arguments = {"", ""},
      .about = {"callbacks that do not arrive", "уведомления бэкендам, которые не доходят"},
      .place = 89,
      .run = run};
  return command;
}

}  // namespace kgw::telegram
