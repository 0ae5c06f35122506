// /revoke_key <name or id>: the key stops working. Asks first.
#include "telegram/command.hpp"

namespace kgw::telegram {
namespace {

void ask(const Talk& talk, const KeyRecord& key) {
  talk.confirm(
      talk.words({"Revoke key <b>{}</b>? It stops working at once.",
                  "Отозвать ключ <b>{}</b>? Он сразу перестанет действовать."},
                 {key.name}),
      {"Revoke", "Отозвать"}, [id = key.id, name = key.name](const Talk& sure) {
        sure.console().revoke_key(sure.user(), id, [sure, name](const Result<void>& done) {
          if (!done) return sure.say_fault(done.error());
          sure.say({"🗑 Key <b>{}</b> was revoked.", "🗑 Ключ <b>{}</b> отозван."}, {name});
        });
      });
}

}  // namespace

const Command& command_revoke_key() {
  static const Command command{.name = "revoke_key",
                               .arguments = {"<name or id>", "<имя или ID>"},
                               .about = {"revoke an API key", "отозвать ключ API"},
                               .place = 230,
                               .changes = true,
                               .run = [](Talk talk) {
                                 const std::string which = talk.take_word();
                                 if (which.empty()) return talk.say_usage();
                                 if (const auto key = talk.console().key(which)) return ask(talk, *key);
                                 talk.console().keys(which, 0, 1, [talk](const Result<KeyPage>& found) {
                                   if (!found) return talk.say_fault(found.error());
                                   if (found->rows.empty())
                                     return talk.say_fault(Fault{ErrorCode::not_found, {}});
                                   ask(talk, found->rows.front());
                                 });
                               }};
  return command;
}

}  // namespace kgw::telegram
