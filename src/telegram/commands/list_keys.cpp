// /list_keys: the active API keys.
#include "telegram/command.hpp"

namespace kgw::telegram {
namespace {

constexpr std::size_t kRows = 20;

std::string scopes_of(const KeyRecord& key) {
  std::string text;
  for (const std::string_view one : scope_names(key.scopes)) text.append(text.empty() ? "" : ", ").append(one);
  return text;
}

Talk::Page page_of(const Talk& talk, const KeyPage& found) {
  if (found.matching == 0)
    return {talk.words(
        {"There are no keys yet; create one with /add_key.", "Ключей пока нет; создать: /add_key."})};
  std::string html = counted(talk.language(), kKeyNoun, static_cast<std::int64_t>(found.matching)) + "\n";
  for (const KeyRecord& key : found.rows)
    html += talk.words({"🔑 <b>{}</b> {} <code>{}</code>\n", "🔑 <b>{}</b> {} <code>{}</code>\n"},
                       {key.name, scopes_of(key), key.id});
  return {html, (found.matching + kRows - 1) / kRows};
}

void show_page(const Talk& talk, std::size_t at, const Talk::ShowPage& show) {
  talk.console().keys("", at * kRows, kRows, [talk, show](const Result<KeyPage>& found) {
    if (found) show(page_of(talk, *found));
    else talk.say_fault(found.error());
  });
}

}  // namespace

const Command& command_list_keys() {
  static const Command command{.name = "list_keys",
                               .arguments = {},
                               .about = {"API keys", "ключи API"},
                               .place = 220,
                               .run = [](Talk talk) { talk.say_pages(show_page); }};
  return command;
}

}  // namespace kgw::telegram
