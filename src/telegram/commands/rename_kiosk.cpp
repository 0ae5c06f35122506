// /rename_kiosk <id> <name>: changes its display name.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_rename_kiosk() {
  static const Command command{
      .name = "rename_kiosk",
      .arguments = {"<id> <name>", "<ID> <название>"},
      .about = {"rename a kiosk", "дать киоску другое название"},
      .place = 150,
      .changes = true,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        if (talk.arguments().empty()) return talk.say_usage();
        talk.console().rename_kiosk(
            talk.user(), *id, talk.arguments(), [talk, id = *id](const Result<void>& done) {
              if (!done) return talk.say_fault(done.error());
              talk.say({"✅ Kiosk <b>{}</b> is now called {}.", "✅ Киоск <b>{}</b> теперь называется {}."},
                       {id, talk.arguments()});
            });
      }};
  return command;
}

}  // namespace kgw::telegram
