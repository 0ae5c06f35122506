// /enable_kiosk <id>: requests for it are accepted again.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_enable_kiosk() {
  static const Command command{
      .name = "enable_kiosk",
      .arguments = {"<id>", "<ID>"},
      .about = {"enable a kiosk", "включить киоск"},
      .place = 130,
      .changes = true,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        talk.console().enable_kiosk(talk.user(), *id, true, [talk, id = *id](const Result<void>& done) {
          if (!done) return talk.say_fault(done.error());
          talk.say({"✅ Kiosk <b>{}</b> is enabled.", "✅ Киоск <b>{}</b> включён."}, {id});
        });
      }};
  return command;
}

}  // namespace kgw::telegram
