// /token_info <id>: when a kiosk's token was created and when it expires; never the token.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_token_info() {
  static const Command command{
      .name = "token_info",
      .arguments = {"<id>", "<ID>"},
      .about = {"when a token was created and when it expires",
                "когда выпущен токен и до какого числа действует"},
      .place = 70,
      .run = [](Talk talk) {
        const auto id = take_kiosk_id(talk);
        if (!id) return;
        const auto row = talk.console().kiosk(*id);
        if (!row) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
        const auto left = row->record.token_expires_at - talk.now();
        const auto days = std::chrono::floor<std::chrono::days>(left).count();
        const std::string until = date_of(row->record.token_expires_at);
        if (left <= left.zero())
          return talk.say({"🔑 The token of <b>{}</b> expired on {}. Create a new one: /regenerate_token",
                           "🔑 Срок токена киоска <b>{}</b> истёк {}. Создать новый: /regenerate_token"},
                          {*id, until});
        const std::string time_left = counted(talk.language(), kDayNoun, days);
        if (!row->record.token_issued_at)
          return talk.say({"🔑 <b>{}</b>: token valid until {} ({} left). It is not known when "
                           "it was created.",
                           "🔑 <b>{}</b>: токен действует до {} (осталось {}). Когда он "
                           "выпущен, неизвестно."},
                          {*id, until, time_left});
        talk.say({"🔑 <b>{}</b>: token created on {}, valid until {} ({} left).",
                  "🔑 <b>{}</b>: токен выпущен {}, действует до {} (осталось {})."},
                 {*id, date_of(*row->record.token_issued_at), until, time_left});
      }};
  return command;
}

}  // namespace kgw::telegram
