// /disable_kiosk <id>: no new requests for it, and it may not connect. Asks first.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_disable_kiosk() {
  static const Command command{
      .name = "disable_kiosk",
      .arguments = {"<id>", "<ID>"},
      .about = {"disable a kiosk", "выключить киоск"},
      .place = 140,
      .changes = true,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        if (!talk.console().kiosk(*id)) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
        talk.confirm(
            talk.words({"Disable kiosk <b>{}</b>? Running requests will finish; no new ones will be sent.",
                        "Выключить киоск <b>{}</b>? Начатые запросы завершатся, новых не будет."},
                       {*id}),
            {"Disable", "Выключить"}, [id = *id](const Talk& sure) {
              sure.console().enable_kiosk(sure.user(), id, false, [sure, id](const Result<void>& done) {
                if (!done) return sure.say_fault(done.error());
                sure.say({"⏸ Kiosk <b>{}</b> is disabled.", "⏸ Киоск <b>{}</b> выключен."},
                         {id});
              });
            });
      }};
  return command;
}

}  // namespace kgw::telegram
