// /start: a greeting, and what can be asked.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_start() {
  static const Command command{
      .name = "start",
      .arguments = {},
      .about = {"greeting and commands", "приветствие и команды"},
      .place = 10,
      .run = [](Talk talk) {
        const GatewayStatus status = talk.console().status();
        talk.say({"👋 This is the kiosk gateway <b>{}</b>, version {}. It manages {}.\n\n/status shows its "
                  "current state, /help lists all commands.",
                  "👋 Это шлюз киосков <b>{}</b>, версия {}. Под управлением: {}.\n\n/status покажет состояние, "
                  "/help — "
                  "всё, что я умею."},
                 {status.node, status.version,
                  counted(talk.language(), kKioskNoun, static_cast<std::int64_t>(status.kiosks))});
      }};
  return command;
}

}  // namespace kgw::telegram
