// /revoke_key <name or id>: the key stops working. Asks first.
#include <algorithm>

#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_revoke_key() {
  static const Command command{
      .name = "revoke_key",
      .arguments = {"<name or id>", "<имя или ID>"},
      .about = {"revoke an API key", "отозвать ключ API"},
      .place = 230,
      .changes = true,
      .run = [](Talk talk) {
        const std::string which = talk.take_word();
        if (which.empty()) return talk.say_usage();
        const std::vector<KeyRecord> keys = talk.console().keys();
        const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeyRecord& key) {
          return key.id == which || key.name == which;
        });
        if (found == keys.end()) return talk.say_fault(Fault{ErrorCode::not_found, {}});
        talk.confirm(talk.words({"Revoke key <b>{}</b>? It stops working at once.",
                                 "Отозвать ключ <b>{}</b>? Он сразу перестанет действовать."},
                                {found->name}),
                     {"Revoke", "Отозвать"}, [id = found->id, name = found->name](const Talk& sure) {
                       sure.console().revoke_key(sure.user(), id, [sure, name](const Result<void>& done) {
                         if (!done) return sure.say_fault(done.error());
                         sure.say(
                             {"🗑 Key <b>{}</b> was revoked.", "🗑 Ключ <b>{}</b> отозван."},
                             {name});
                       });
                     });
      }};
  return command;
}

}  // namespace kgw::telegram
