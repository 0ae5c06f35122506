// /regenerate_token <id>: a new token; the old one stops working. Asks first.
#include "telegram/command.hpp"
#include "telegram/secret_words.hpp"

namespace kgw::telegram {

const Command& command_regenerate_token() {
  static const Command command{
      .name = "regenerate_token",
      .arguments = {"<id>", "<ID>"},
      .about = {"create a new token; the old one stops working", "новый токен; старый перестанет действовать"},
      .place = 120,
      .changes = true,
      .secret = true,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        if (!talk.console().kiosk(*id)) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
        talk.confirm(
            talk.words({"Create a new token for <b>{}</b>? The old one stops working, and the kiosk stays "
                        "offline until it has the new one.",
                        "Создать новый токен для <b>{}</b>? Старый перестанет действовать, и киоск будет без "
                        "связи, пока не получит новый."},
                       {*id}),
            {"New token", "Новый токен"}, [id = *id](const Talk& sure) {
              sure.console().renew_token(sure.user(), id, [sure](const Result<IssuedSecret>& issued) {
                if (!issued) return sure.say_fault(issued.error());
                say_token(sure, {"✅ New token for <b>{}</b>.", "✅ Новый токен для <b>{}</b>."}, *issued);
              });
            });
      }};
  return command;
}

}  // namespace kgw::telegram
