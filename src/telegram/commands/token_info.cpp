// /token_info <id>: when a kiosk's token was made and until when it counts; never the token.
#include "telegram/command.hpp"

namespace kgw::telegram {

const Command& command_token_info() {
  static const Command command{.name = "token_info",
                               .arguments = {"<id>", "<номер>"},
                               .about = {"until when a token counts", "до какого числа действует токен"},
                               .place = 70,
                               .run = [](Talk talk) {
                                 const auto id = take_kiosk_id(talk);
                                 if (!id) return;
                                 const auto row = talk.console().kiosk(*id);
                                 if (!row) return talk.say_fault(Fault{ErrorCode::kiosk_not_found, {}});
                                 const auto left = row->record.token_expires_at - talk.now();
                                 const auto days = std::chrono::floor<std::chrono::days>(left).count();
                                 const std::string added = date_of(row->record.created_at);
                                 const std::string until = date_of(row->record.token_expires_at);
                                 if (left <= left.zero())
                                   return talk.say(
                                       {"🔑 The token of <b>{}</b> ended on {}. New one: /regenerate_token",
                                        "🔑 Токен киоска <b>{}</b> закончился {}. Новый: /regenerate_token"},
                                       {*id, until});
                                 talk.say({"🔑 <b>{}</b>: kiosk added on {}, token until {} ({} left).",
                                           "🔑 <b>{}</b>: киоск добавлен {}, токен до {} (осталось {})."},
                                          {*id, added, until, counted(talk.language(), kDayNoun, days)});
                               }};
  return command;
}

}  // namespace kgw::telegram
