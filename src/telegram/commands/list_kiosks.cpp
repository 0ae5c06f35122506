// /list_kiosks [part]: page by page, online ones first; `part` of an id or a name is a filter.
#include "telegram/command.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kRows = 20;

std::string line_of(const Talk& talk, const KioskRow& row) {
  std::string html(row.online_since ? "🟢 " : row.record.enabled ? "🔴 " : "⏸ ");
  html += kiosk_title(row.record);
  if (row.online_since) html.append(", ").append(span_of(talk.language(), talk.now() - *row.online_since));
  return html + "\n";
}

Talk::Page page_of(const Talk& talk, const KioskPage& found, bool filtered) {
  if (found.matching == 0)
    return {talk.words(filtered ? Phrase{"No kiosk's id or name contains that text.",
                                         "Нет киоска с таким текстом в ID или названии."}
                                : Phrase{"There are no kiosks yet; add one with /add_kiosk.",
                                         "Киосков пока нет; добавить: /add_kiosk."})};
  std::string html =
      talk.words({"{}, online: {}\n", "{}, на связи: {}\n"},
                 {counted(talk.language(), kKioskNoun, static_cast<std::int64_t>(found.matching)),
                  std::to_string(found.online)});
  for (const KioskRow& row : found.rows) html += line_of(talk, row);
  return {html, (found.matching + kRows - 1) / kRows};
}

}  // namespace

const Command& command_list_kiosks() {
  static const Command command{
      .name = "list_kiosks",
      .arguments = {"[part of an id or a name]", "[часть ID или названия]"},
      .about = {"kiosks, those online first", "киоски, сначала те, что на связи"},
      .place = 40,
      .run = [](Talk talk) {
        const std::string filter = cut_plain(talk.arguments(), 64);
        talk.say_pages([filter](const Talk& again, std::size_t at, const Talk::ShowPage& show) {
          again.console().kiosks(filter, at * kRows, kRows, [=](const Result<KioskPage>& found) {
            if (found) show(page_of(again, *found, !filter.empty()));
            else again.say_fault(found.error());
          });
        });
      }};
  return command;
}

}  // namespace kgw::telegram
