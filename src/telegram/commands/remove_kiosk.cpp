// /remove_kiosk <id>: removes its registration. Asks first.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_remove_kiosk() {
  static const Command command{
      .name = "remove_kiosk",
      .arguments = {"<id>", "<ID>"},
      .about = {"remove a kiosk", "удалить киоск"},
      .place = 160,
      .changes = true,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        const auto row = talk.console().kiosk(*id);
        if (!row) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
        talk.confirm(talk.words({"Remove kiosk <b>{}</b> {}? Its token will stop working.",
                                 "Удалить киоск <b>{}</b> {}? Его токен перестанет действовать."},
                                {*id, row->record.title}),
                     {"Remove", "Удалить"}, [id = *id](const Talk& sure) {
                       sure.console().remove_kiosk(sure.user(), id, [sure, id](const Result<void>& done) {
                         if (!done) return sure.say_fault(done.error());
                         sure.say(
                             {"🗑 Kiosk <b>{}</b> was removed.", "🗑 Киоск <b>{}</b> удалён."},
                             {id});
                       });
                     });
      }};
  return command;
}

}  // namespace kgw::telegram
