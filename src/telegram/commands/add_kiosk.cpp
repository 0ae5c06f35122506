// /add_kiosk <id> [name]: creates a kiosk and its token.
#include "telegram/command.hpp"
#include "telegram/secret_words.hpp"
#include "telegram/text.hpp"

namespace kgw::telegram {

const Command& command_add_kiosk() {
  static const Command command{
      .name = "add_kiosk",
      .arguments = {"<id> [name]", "<ID> [название]"},
      .about = {"add a kiosk and show its token", "добавить киоск, показать его токен"},
      .place = 110,
      .changes = true,
      .secret = true,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        talk.console().add_kiosk(
            talk.user(), *id, talk.arguments(), [talk](const Result<IssuedSecret>& issued) {
              if (!issued) return talk.say_fault(issued.error());
              say_token(talk, {"✅ Kiosk <b>{}</b> was added.", "✅ Киоск <b>{}</b> добавлен."}, *issued);
            });
      }};
  return command;
}

}  // namespace kgw::telegram
