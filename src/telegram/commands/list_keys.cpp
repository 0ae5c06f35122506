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

Talk::Page page(const Talk& talk, std::size_t at) {
  const std::vector<KeyRecord> keys = talk.console().keys();
  if (keys.empty())
    return {talk.words(
        {"There are no keys yet; create one with /add_key.", "Ключей пока нет; создать: /add_key."})};
  std::string html = counted(talk.language(), kKeyNoun, static_cast<std::int64_t>(keys.size())) + "\n";
  for (std::size_t i = at * kRows; i < std::min(keys.size(), (at + 1) * kRows); ++i)
    html += talk.words({"🔑 <b>{}</b> {} <code>{}</code>\n", "🔑 <b>{}</b> {} <code>{}</code>\n"},
                       {keys[i].name, scopes_of(keys[i]), keys[i].id});
  return {html, (keys.size() + kRows - 1) / kRows};
}

}  // namespace

const Command& command_list_keys() {
  static const Command command{.name = "list_keys",
                               .arguments = {},
                               .about = {"API keys", "ключи API"},
                               .place = 220,
                               .run = [](Talk talk) { talk.say_pages(page); }};
  return command;
}

}  // namespace kgw::telegram
