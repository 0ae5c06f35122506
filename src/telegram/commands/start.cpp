// /start: a greeting, and what there is to ask for.
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
        talk.say({"👋 This is the kiosk gateway <b>{}</b>, version {}. It looks after {}.\n\n/status shows how "
                  "it is, "
                  "/help all that I can do.",
                  "👋 Это шлюз киосков <b>{}</b>, версия {}. Под присмотром: {}.\n\n/status покажет, как дела, "
                  "/help — "
                  "всё, что я умею."},
                 {status.node, status.version,
                  counted(talk.language(), kKioskNoun, static_cast<std::int64_t>(status.kiosks))});
      }};
  return command;
}

}  // namespace kgw::telegram
